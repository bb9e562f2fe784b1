"""ONNX forms of the ops of family ``scatter_gather``.

ONNX Runtime refuses an index outside the tensor, as the kernels do, and counts negative ones from
the end, as they do up to iOS 16; from iOS 17 on the kernels refuse those too.
"""

from __future__ import annotations

import numpy as np

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Input, Value, ints
from poseconvert.mil.onnx_registry import onnx_form

_OUTSIDE = np.asarray(2**31 - 1, np.int32)


def _never_negative(graph: Graph, indices: Value) -> str:
    """Send negative indices where ONNX Runtime refuses them."""
    whole = graph.cast(indices, "int32")
    negative = graph.node("Less", whole, np.asarray(0, np.int32))
    return graph.node("Where", negative, _OUTSIDE, whole)


def _gather(graph: Graph, x: Value, indices: Input, axis: Value | None, batch: Value | None) -> str:
    if ints(batch, [0]) != [0]:
        raise UnsupportedOpError("gather with batch_dims has no ONNX form")
    return graph.node("Gather", x, indices, axis=ints(axis, [0])[0])


@onnx_form("gather", "CoreML5", "CoreML6")
def gather(
    graph: Graph,
    *,
    x: Value,
    indices: Value,
    axis: Value | None = None,
    batch_dims: Value | None = None,
) -> str:
    """``Gather``."""
    return _gather(graph, x, graph.cast(indices, "int32"), axis, batch_dims)


@onnx_form("gather", "CoreML7")
def gather_ios17(
    graph: Graph,
    *,
    x: Value,
    indices: Value,
    axis: Value | None = None,
    batch_dims: Value | None = None,
    validate_indices: Value | None = None,
) -> str:
    """``Gather`` without negative indices, validated or not."""
    return _gather(graph, x, _never_negative(graph, indices), axis, batch_dims)


def _gather_elements(graph: Graph, x: Value, shape: Value, indices: Input, axis: int) -> str:
    others = [
        (size, taken)
        for dim, (size, taken) in enumerate(zip(x.shape, shape.shape, strict=True))
        if dim != axis % x.rank
    ]
    if any(size != taken for size, taken in others):
        raise UnsupportedOpError(f"indices {list(shape.shape)} do not fit {list(x.shape)}")
    return graph.node("GatherElements", x, indices, axis=axis)


@onnx_form("gather_along_axis")
def gather_along_axis(graph: Graph, *, x: Value, indices: Value, axis: Value | None = None) -> str:
    """``GatherElements``."""
    (along,) = ints(axis, [0])
    return _gather_elements(graph, x, indices, graph.cast(indices, "int32"), along)


@onnx_form("gather_along_axis", "CoreML7")
def gather_along_axis_ios17(
    graph: Graph,
    *,
    x: Value,
    indices: Value,
    axis: Value | None = None,
    validate_indices: Value | None = None,
) -> str:
    """``GatherElements`` without negative indices, validated or not."""
    (along,) = ints(axis, [0])
    return _gather_elements(graph, x, indices, _never_negative(graph, indices), along)


@onnx_form("gather_nd", "CoreML5", "CoreML6")
def gather_nd(graph: Graph, *, x: Value, indices: Value, batch_dims: Value | None = None) -> str:
    """``GatherND``."""
    whole = graph.cast(indices, "int64")
    return graph.node("GatherND", x, whole, batch_dims=ints(batch_dims, [0])[0])


@onnx_form("gather_nd", "CoreML7")
def gather_nd_ios17(
    graph: Graph,
    *,
    x: Value,
    indices: Value,
    batch_dims: Value | None = None,
    validate_indices: Value | None = None,
) -> str:
    """``GatherND`` without negative indices, validated or not."""
    whole = graph.cast(_never_negative(graph, indices), "int64")
    return graph.node("GatherND", x, whole, batch_dims=ints(batch_dims, [0])[0])
