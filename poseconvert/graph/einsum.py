"""Einsum of fixed shapes as transposes, reshapes and one MatMul for each two operands."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import NodeProto, helper, numpy_helper

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Term:
    """A value and what its axes are called."""

    name: str
    labels: str


def einsum_nodes(
    node: NodeProto, shapes: Sequence[tuple[int, ...] | None], opset: int
) -> list[NodeProto] | None:
    """Return nodes equal to an Einsum; None where its equation needs another form.

    Those are a diagonal, an axis of size 1 that stands for another size, and unknown shapes.

    Parameters
    ----------
    shapes : of its operands.
    opset : from 13 on, where ReduceSum takes its axes as an input.
    """
    known = [shape for shape in shapes if shape is not None]
    if opset < 13 or len(known) != len(shapes):
        return None
    equation = next(helper.get_attribute_value(a) for a in node.attribute if a.name == "equation")
    parsed = _parsed(equation.decode(), [len(shape) for shape in known])
    if parsed is None:
        return None
    *inputs, output = parsed
    sizes: dict[str, int] = {}
    for labels, shape in zip(inputs, known, strict=True):
        for label, size in zip(labels, shape, strict=True):
            if sizes.setdefault(label, size) != size:
                return None
    if any(len(set(labels)) != len(labels) for labels in parsed):
        return None
    maker = _Maker(node.output[0], sizes)
    terms = [_Term(name, labels) for name, labels in zip(node.input, inputs, strict=True)]
    result = terms[0]
    for index, other in enumerate(terms[1:], 2):
        later = output + "".join(term.labels for term in terms[index:])
        result = maker.product(maker.summed(result, later + other.labels), other, later)
    result = maker.summed(result, output)
    maker.transposed(result, output, name=node.output[0])
    return maker.nodes


def _parsed(equation: str, ranks: Sequence[int]) -> list[str] | None:
    """Return the labels of each operand and of the result, one letter per axis."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    operands = left.split(",")
    if len(operands) != len(ranks):
        return None
    unused = [letter for letter in _LETTERS if letter not in equation]
    hidden = [r - len(text.replace("...", "")) for text, r in zip(operands, ranks, strict=True)]
    most = max(
        (count for text, count in zip(operands, hidden, strict=True) if "..." in text), default=0
    )
    shared = "".join(unused[:most])
    found = [
        text.replace("...", shared[most - count :]) if "..." in text else text
        for text, count in zip(operands, hidden, strict=True)
    ]
    if any(len(labels) != rank for labels, rank in zip(found, ranks, strict=True)):
        return None
    if not arrow:
        often = Counter("".join(operands).replace(".", ""))
        right = "..." + "".join(sorted(label for label, count in often.items() if count == 1))
    found.append(right.replace("...", shared))
    return found if set(found[-1]) <= set("".join(found[:-1])) else None


class _Maker:
    """Makes the nodes, and names for what is between them."""

    def __init__(self, result: str, sizes: dict[str, int]) -> None:
        self.nodes: list[NodeProto] = []
        self._sizes = sizes
        self._names = self._numbered(result)

    @staticmethod
    def _numbered(result: str) -> Iterator[str]:
        return (f"{result}__einsum_{number}" for number in range(1 << 30))

    def summed(self, term: _Term, kept: str) -> _Term:
        """Sum over the axes that nobody else has."""
        axes = [axis for axis, label in enumerate(term.labels) if label not in kept]
        if not axes:
            return term
        made = _Term(next(self._names), "".join(c for c in term.labels if c in kept))
        self._add("ReduceSum", [term.name, self._stored(axes)], made.name, keepdims=0)
        return made

    def transposed(self, term: _Term, labels: str, *, name: str = "") -> _Term:
        """Bring axes into an order."""
        made = _Term(name or next(self._names), labels)
        perm = [term.labels.index(label) for label in labels]
        if perm != sorted(perm):
            self._add("Transpose", [term.name], made.name, perm=perm)
        elif name:
            self._add("Identity", [term.name], made.name)
        else:
            return term
        return made

    def product(self, one: _Term, other: _Term, later: str) -> _Term:
        """Multiply two; axes that both have and nobody needs later are summed over."""
        other = self.summed(other, later + one.labels)
        both = [label for label in one.labels if label in other.labels]
        batch = "".join(label for label in both if label in later)
        inner = "".join(label for label in both if label not in later)
        rows = "".join(label for label in one.labels if label not in other.labels)
        columns = "".join(label for label in other.labels if label not in one.labels)
        left = self._as_matrix(one, batch, rows, inner)
        right = self._as_matrix(other, batch, inner, columns)
        multiplied, made = next(self._names), next(self._names)
        self._add("MatMul", [left, right], multiplied)
        labels = batch + rows + columns
        shape = [self._sizes[label] for label in labels]
        self._add("Reshape", [multiplied, self._stored(shape)], made)
        return _Term(made, labels)

    def _as_matrix(self, term: _Term, batch: str, rows: str, columns: str) -> str:
        turned, made = self.transposed(term, batch + rows + columns), next(self._names)
        shape = [math.prod(self._sizes[c] for c in labels) for labels in (batch, rows, columns)]
        self._add("Reshape", [turned.name, self._stored(shape)], made)
        return made

    def _stored(self, values: Sequence[int]) -> str:
        name = next(self._names)
        tensor = numpy_helper.from_array(np.array(values, np.int64), name)
        self._add("Constant", [], name, value=tensor)
        return name

    def _add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
