"""Where two ONNX graphs that should compute the same do not say the same, with the repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

Array = NDArray[Any]
#: Stands for a constant that a graph does not have, as a Clip without upper bound.
ABSENT = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One thing in which a node of the candidate is not its node of the reference.

    Attributes
    ----------
    node : the candidate's node, by name or first output.
    type : its op type.
    what : the attribute, the input by its name in the op's schema, ``op`` or ``dropped``.
    reference, candidate : the two values, as text or as arrays.
    repair : puts the reference's into a copy of the candidate.
    """

    node: str
    type: str
    what: str
    reference: Any
    candidate: Any
    repair: Callable[[ModelProto], None]


def differences(reference: ModelProto, candidate: ModelProto) -> Iterator[Difference]:
    """Yield what nodes that give a value of one name differ in, in the candidate's order."""
    theirs, ours = Constants(reference), Constants(candidate)
    known = {name: node for node in reference.graph.node for name in node.output if name}
    for index, node in enumerate(candidate.graph.node):
        if not node.output or node.output[0] not in known or node.op_type == "Constant":
            continue
        original = known[node.output[0]]
        if original.op_type != node.op_type:
            yield _whole(index, original, node, theirs)
            continue
        yield from _attributes(index, original, node, reference)
        yield from _inputs(index, original, node, theirs, ours, known)


class Constants:
    """The constants of a graph, by name."""

    def __init__(self, model: ModelProto) -> None:
        self._tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        for node in model.graph.node:
            if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
                self._tensors[node.output[0]] = node.attribute[0].t

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def __getitem__(self, name: str) -> Array:
        return np.asarray(numpy_helper.to_array(self._tensors[name]))


def _named(node: NodeProto) -> str:
    return node.name or node.output[0]


def _schema(node: NodeProto, model: ModelProto) -> onnx.defs.OpSchema | None:
    version = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 1)
    try:
        return onnx.defs.get_schema(node.op_type, version, "")
    except onnx.defs.SchemaError:
        return None


def _attributes(
    index: int, original: NodeProto, node: NodeProto, model: ModelProto
) -> Iterator[Difference]:
    schema = _schema(node, model)
    defaults = (
        {n: a.default_value for n, a in schema.attributes.items() if a.default_value.name}
        if schema
        else {}
    )
    theirs, ours = ({a.name: a for a in each.attribute} for each in (original, node))
    for name in sorted(theirs.keys() | ours.keys()):
        first, second = (_value(each.get(name) or defaults.get(name)) for each in (theirs, ours))
        if first == second:
            continue

        def repair(model: ModelProto, name: str = name) -> None:
            broken = model.graph.node[index]
            kept = [a for a in broken.attribute if a.name != name]
            del broken.attribute[:]
            broken.attribute.extend(kept)
            broken.attribute.extend(a for a in original.attribute if a.name == name)

        yield Difference(_named(node), node.op_type, name, first, second, repair)


def _value(attribute: Any) -> Any:
    if attribute is None:
        return None
    value = helper.get_attribute_value(attribute)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return tuple(value) if isinstance(value, list) else value


def _inputs(
    index: int,
    original: NodeProto,
    node: NodeProto,
    theirs: Constants,
    ours: Constants,
    known: Mapping[str, NodeProto],
) -> Iterator[Difference]:
    for place in range(max(len(original.input), len(node.input))):
        first, second = (
            each.input[place] if place < len(each.input) else "" for each in (original, node)
        )
        if (first in theirs or not first) and (second in ours or not second):
            expected = theirs[first] if first else ABSENT
            got = ours[second] if second else ABSENT
            if expected.shape != got.shape or not np.array_equal(expected, got):
                yield Difference(
                    _named(node), node.op_type, f"input {place}", expected, got,
                    _constant(index, place, expected),
                )  # fmt: skip
        elif first != second and first in known:
            chain = list(_between(first, second, known))
            for start in range(len(chain)):  # a batch norm before it may have been folded
                rest = chain[start:]
                dropped = ", ".join(f"{one.op_type} {_named(one)}" for one in rest)
                yield Difference(
                    _named(node), node.op_type, "dropped", dropped, "",
                    _put_back(index, place, rest, theirs),
                )  # fmt: skip


def _between(end: str, start: str, known: Mapping[str, NodeProto]) -> Iterator[NodeProto]:
    """Yield the nodes that lead from a value to another, in order; nothing if none do."""
    chain: list[NodeProto] = []
    name = end
    while name != start:
        node = known.get(name)
        if node is None or len(chain) > 8:
            return
        chain.append(node)
        name = node.input[0] if node.input else ""
    yield from reversed(chain)


def _constant(index: int, place: int, value: Array) -> Callable[[ModelProto], None]:
    def repair(model: ModelProto) -> None:
        node = model.graph.node[index]
        while len(node.input) <= place:
            node.input.append("")
        node.input[place] = ""
        if value is not ABSENT:
            node.input[place] = _stored(model, f"repaired::{index}::{place}", value)

    return repair


def _stored(model: ModelProto, name: str, value: Array) -> str:
    model.graph.initializer.append(numpy_helper.from_array(np.array(value), name))
    return name


def _whole(index: int, original: NodeProto, node: NodeProto, theirs: Constants) -> Difference:
    def repair(model: ModelProto) -> None:
        broken = model.graph.node[index]
        outputs = list(broken.output)
        broken.CopyFrom(_with_constants(original, theirs, model))
        del broken.output[:]
        broken.output.extend(outputs)

    return Difference(_named(node), node.op_type, "op", original.op_type, node.op_type, repair)


def _put_back(
    index: int, place: int, chain: list[NodeProto], theirs: Constants
) -> Callable[[ModelProto], None]:
    def repair(model: ModelProto) -> None:
        name = model.graph.node[index].input[place]
        for offset, original in enumerate(chain):
            copy = _with_constants(original, theirs, model)
            copy.input[0] = name
            name = f"repaired::{index}::{place}::{offset}"
            copy.output[0] = name
            model.graph.node.insert(index + offset, copy)
        model.graph.node[index + len(chain)].input[place] = name

    return repair


def _with_constants(original: NodeProto, theirs: Constants, model: ModelProto) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(original)
    for place, name in enumerate(copy.input):
        if name in theirs:
            copy.input[place] = _stored(model, f"repaired::{name}", theirs[name])
    return copy
