"""Write nodes in the plainer of two equal ways, for converters that know only that one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from poseconvert.graph.average_pool import overhanging_pool
from poseconvert.graph.einsum import einsum_nodes
from poseconvert.graph.resize import resize_nodes
from poseconvert.graph.shapes import known_shapes, with_shapes

_PAIRWISE = {"Sum": "Add", "Mean": "Add", "Max": "Max", "Min": "Min"}


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a graph's values.

    Attributes
    ----------
    types, shapes : by name, where they can be inferred.
    constants : stored tensors of at most one axis.
    used : names that a node or the graph's caller reads.
    opset : of the standard's ops.
    """

    types: Mapping[str, int]
    shapes: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, NDArray[np.generic]]
    used: frozenset[str]
    opset: int


def plain(model: ModelProto) -> ModelProto:
    """Return a copy of ``model`` with the same values, written with fewer kinds of node.

    Sum, Mean, Max and Min of many become chains of two, CastLike a Cast, Dropout at
    inference an Identity, Split into uneven parts one with sizes, an integer exponent
    of a float32 Pow a float32 one, Reciprocal a division, Einsum and the resizing that Core ML
    has no op for matrix products, LpNormalization a division by a norm, and an average pool
    whose windows overhang one that Core ML computes alike. A node whose types or shapes cannot
    be inferred stays.
    """
    copy = with_shapes(model)
    facts = _facts(copy)
    made = [plainer for node in copy.graph.node for plainer in (_rewritten(node, facts) or [node])]
    del copy.graph.node[:]
    copy.graph.node.extend(made)
    return copy


def _facts(model: ModelProto) -> _Facts:
    graph = model.graph
    values: tuple[ValueInfoProto, ...] = (*graph.input, *graph.value_info, *graph.output)
    tensors = graph.initializer
    return _Facts(
        types={v.name: v.type.tensor_type.elem_type for v in values}
        | {t.name: t.data_type for t in tensors},
        shapes=known_shapes(graph),
        constants={t.name: numpy_helper.to_array(t) for t in tensors if len(t.dims) <= 1},
        used=frozenset(
            [name for node in graph.node for name in node.input] + [v.name for v in graph.output]
        ),
        opset=next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 1),
    )


def _rewritten(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    rewrite = _REWRITES.get(node.op_type)
    return rewrite(node, facts) if rewrite and not node.domain else None


def _chain(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    """Sum, Mean, Max or Min: two at a time; of one input it is that input."""
    count, result = len(node.input), node.output[0]
    mean = node.op_type == "Mean"
    if count == 1:
        return [helper.make_node("Identity", list(node.input), [result])]
    if count == 2 and node.op_type in ("Max", "Min"):
        return None
    nodes, total = [], node.input[0]
    for index, name in enumerate(node.input[1:], 1):
        last = index == count - 1
        partial = f"{result}__total" if last and mean else result if last else f"{result}__{index}"
        nodes.append(helper.make_node(_PAIRWISE[node.op_type], [total, name], [partial]))
        total = partial
    if mean:
        kind = helper.tensor_dtype_to_np_dtype(facts.types.get(node.input[0], TensorProto.FLOAT))
        nodes.append(_constant(np.asarray(count, kind), f"{result}__count"))
        nodes.append(helper.make_node("Div", [total, f"{result}__count"], [result]))
    return nodes


def _cast_like(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    wanted = facts.types.get(node.input[1])
    if not wanted:
        return None
    return [helper.make_node("Cast", [node.input[0]], list(node.output), to=wanted)]


def _dropout(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    """At inference it is the identity; its mask can be all true only if someone reads it."""
    training = node.input[2] if len(node.input) > 2 else ""
    off = not training or (training in facts.constants and not facts.constants[training].any())
    masked = len(node.output) > 1 and node.output[1] in facts.used
    if not off or masked:
        return None
    return [helper.make_node("Identity", [node.input[0]], [node.output[0]])]


def _split(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    """Give the sizes that the standard says: all equal, the last one less."""
    attributes = {a.name: a for a in node.attribute}
    shape = facts.shapes.get(node.input[0])
    if shape is None or "split" in attributes or (len(node.input) > 1 and node.input[1]):
        return None
    axis = attributes["axis"].i if "axis" in attributes else 0
    count, whole = len(node.output), shape[axis]
    each = -(-whole // count)
    if each * count == whole or each * (count - 1) >= whole:
        return None
    sizes = np.array([each] * (count - 1) + [whole - each * (count - 1)], np.int64)
    name = f"{node.output[0]}__sizes"
    split = helper.make_node("Split", [node.input[0], name], list(node.output), axis=axis)
    return [_constant(sizes, name), split]


def _reciprocal(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    """Divide one by it: converters give Core ML's ``inverse`` its default epsilon of 1e-4."""
    if facts.types.get(node.input[0]) != TensorProto.FLOAT:
        return None
    name = f"{node.output[0]}__one"
    division = helper.make_node("Div", [name, node.input[0]], list(node.output))
    return [_constant(np.asarray(1, np.float32), name), division]


def _pow(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    base, exponent = node.input
    if facts.types.get(base) != TensorProto.FLOAT or facts.types.get(exponent) in (
        None,
        TensorProto.FLOAT,
    ):
        return None
    name = f"{node.output[0]}__exponent"
    return [
        helper.make_node("Cast", [exponent], [name], to=TensorProto.FLOAT),
        helper.make_node("Pow", [base, name], list(node.output)),
    ]


def _average_pool(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    takes_pads = facts.opset >= 11  # before, the sizes of a Pad are an attribute
    return overhanging_pool(node, facts.shapes.get(node.input[0])) if takes_pads else None


def _einsum(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    if facts.types.get(node.input[0]) != TensorProto.FLOAT:
        return None
    return einsum_nodes(node, [facts.shapes.get(name) for name in node.input], facts.opset)


def _resize(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    if facts.types.get(node.input[0]) != TensorProto.FLOAT or facts.opset < 11:
        return None
    before, after = (facts.shapes.get(name) for name in (node.input[0], node.output[0]))
    return resize_nodes(node, before, after, facts.constants)


def _lp_normalization(node: NodeProto, facts: _Facts) -> list[NodeProto] | None:
    if facts.types.get(node.input[0]) != TensorProto.FLOAT or facts.opset < 11:
        return None
    given = {a.name: a.i for a in node.attribute}
    norm = f"{node.output[0]}__norm"
    kind = "ReduceL1" if given.get("p", 2) == 1 else "ReduceL2"
    axes = [given.get("axis", -1)]
    if facts.opset < 18:
        nodes = [helper.make_node(kind, [node.input[0]], [norm], axes=axes)]
    else:
        name = f"{norm}_axes"
        nodes = [
            _constant(np.array(axes, np.int64), name),
            helper.make_node(kind, [node.input[0], name], [norm]),
        ]
    # Of zeros the result is zeros: there the norm counts as 1.
    zero, empty, one, divisor = (f"{norm}_{part}" for part in ("zero", "empty", "one", "divisor"))
    return [
        *nodes,
        _constant(np.asarray(0, np.float32), zero),
        helper.make_node("Equal", [norm, zero], [empty]),
        helper.make_node("Cast", [empty], [one], to=TensorProto.FLOAT),
        helper.make_node("Add", [norm, one], [divisor]),
        helper.make_node("Div", [node.input[0], divisor], list(node.output)),
    ]


def _constant(value: NDArray[np.generic], name: str) -> NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value, name))


_REWRITES: dict[str, Callable[[NodeProto, _Facts], list[NodeProto] | None]] = {
    **dict.fromkeys(_PAIRWISE, _chain),
    "AveragePool": _average_pool,
    "CastLike": _cast_like,
    "Einsum": _einsum,
    "LpNormalization": _lp_normalization,
    "Resize": _resize,
    "Dropout": _dropout,
    "Split": _split,
    "Pow": _pow,
    "Reciprocal": _reciprocal,
}
