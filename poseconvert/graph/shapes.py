"""Shapes of all values of a graph, as far as they are known."""

from __future__ import annotations

import onnx
from onnx import GraphProto, ModelProto, ValueInfoProto

from poseconvert.errors import GraphError


def with_shapes(model: ModelProto) -> ModelProto:
    """Copy ``model`` with the type of every value that onnx can infer.

    Raises
    ------
    GraphError : what it declares contradicts what its nodes give.
    """
    try:
        return onnx.shape_inference.infer_shapes(model)
    except Exception as error:  # onnx's own types, which share no public base
        said = " ".join(str(error).split())[:200]
        raise GraphError(
            f"the graph's shapes contradict each other ({said}). Export it again."
        ) from error


def static_shape(value: ValueInfoProto) -> tuple[int, ...] | None:
    """Return the shape of a graph input or output, None where a size is not fixed."""
    dims = value.type.tensor_type.shape.dim
    if any(dim.dim_value <= 0 for dim in dims):
        return None
    return tuple(dim.dim_value for dim in dims)


def known_shapes(graph: GraphProto) -> dict[str, tuple[int, ...]]:
    """Return the fixed shape of every value that has one; of unknown rank none does.

    ``graph`` has been through :func:`with_shapes`.
    """
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        shape = static_shape(value) if value.type.tensor_type.HasField("shape") else None
        if shape is not None:
            shapes[value.name] = shape
    return shapes
