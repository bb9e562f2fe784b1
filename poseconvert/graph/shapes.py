"""Shapes of all values of a graph, as far as they are known."""

from __future__ import annotations

from onnx import GraphProto

from poseconvert.graph.reader import static_shape


def known_shapes(graph: GraphProto) -> dict[str, tuple[int, ...]]:
    """Return the fixed shape of every value that has one; of unknown rank none does.

    ``graph`` has been through :func:`onnx.shape_inference.infer_shapes`.
    """
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        shape = static_shape(value) if value.type.tensor_type.HasField("shape") else None
        if shape is not None:
            shapes[value.name] = shape
    return shapes
