"""What graphs inside nodes are given and give: turns of loops, slices of scans, attributes."""

from __future__ import annotations

from collections.abc import Container, Mapping

import numpy as np
from onnx import AttributeProto, GraphProto, NodeProto, TypeProto

from poseconvert.budgets import NODE_RUNS
from poseconvert.errors import GraphError, quoted
from poseconvert.graph.constants import Array, fixed_shape


def attribute(node: NodeProto, name: str) -> AttributeProto:
    """Return an attribute of a node; an empty one where it is not stated."""
    return next((a for a in node.attribute if a.name == name), AttributeProto())


def bound(node: NodeProto, given: Mapping[str, AttributeProto]) -> NodeProto:
    """Return a node of a function's body with the attributes that its caller gives."""
    if not any(a.ref_attr_name for a in node.attribute):
        return node
    copy = NodeProto()
    copy.CopyFrom(node)
    del copy.attribute[:]
    for own in node.attribute:
        source = given.get(own.ref_attr_name) if own.ref_attr_name else own
        if source is not None:
            copy.attribute.add().CopyFrom(source)
            copy.attribute[-1].name = own.name
    return copy


def fixed_turns(
    where: str, node: NodeProto, known: Mapping[str, Array], *, sized: Container[str]
) -> int | None:
    """Return how often a Loop turns at most; None where open sizes of inputs decide.

    Raises
    ------
    GraphError : data decide, or nothing: such a loop may turn for ever, and what may not end
        cannot be run for a verdict. An exporter writes ``while`` like that; none of a pose
        network is known, and loops over an axis are of the size of that axis.
    """
    count, condition = (*node.input, "", "")[:2]
    if condition in known and not np.any(known[condition]):
        return 0
    if count in known:
        return max(0, int(np.max(known[count], initial=0)))
    if count and count in sized:
        return None
    raise GraphError(
        f"{where}: Loop {quoted(node.name or next(iter(node.output), ''))}: a Loop whose number of"
        " turns the file does not fix. Export it with a constant trip count, or unrolled."
    )


def refuse_turns(where: str, node: NodeProto, count: int, body: GraphProto, *, turns: int) -> None:
    """Refuse a loop of more node runs than its budget, before it is walked.

    Raises
    ------
    GraphError : the text names loop and turns.
    """
    runs = turns * count * max(1, len(body.node))
    if runs > NODE_RUNS.value:
        name = quoted(node.name or next(iter(node.output), ""))
        raise GraphError(
            f"{where}: {node.op_type} {name} of {count:,} turns runs {runs:,} nodes, more than"
            f" {NODE_RUNS.value:,}. Export it with fewer turns."
        )


def same_or_open(first: TypeProto | None, second: TypeProto | None) -> TypeProto | None:
    """Return a type that both are: without a shape where their shapes differ."""
    if first is None or second is None or first == second:
        return first if second is not None else None
    if first.tensor_type.elem_type != second.tensor_type.elem_type:
        return None
    open_type = TypeProto()
    open_type.tensor_type.elem_type = first.tensor_type.elem_type
    return open_type


def sliced(kind: TypeProto, axis: int) -> tuple[TypeProto | None, int | None]:
    """Return the type of one slice of a scanned tensor, and how many slices there are."""
    shape = fixed_shape(kind)
    if shape is None or not -len(shape) <= axis < len(shape):
        return None, None
    axis %= len(shape)
    slice_type = TypeProto()
    slice_type.CopyFrom(kind)
    del slice_type.tensor_type.shape.dim[axis]
    return slice_type, shape[axis]


def stacked(kind: TypeProto | None, count: int | None, axis: int = 0) -> TypeProto | None:
    """Return the type of ``count`` tensors along a new axis."""
    shape = fixed_shape(kind)
    if kind is None or shape is None or count is None:
        return None
    whole = TypeProto()
    whole.tensor_type.elem_type = kind.tensor_type.elem_type
    sizes = list(shape)
    sizes.insert(axis if axis >= 0 else len(sizes) + 1 + axis, count)
    for size in sizes:
        whole.tensor_type.shape.dim.add().dim_value = size
    return whole
