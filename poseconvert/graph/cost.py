"""What an ONNX graph costs: multiply-accumulates and weight bytes."""

from __future__ import annotations

import math
from collections import Counter

import onnx
from onnx import ModelProto, NodeProto

from poseconvert.graph.shapes import static_shape, with_shapes


def op_counts(model: ModelProto) -> Counter[str]:
    """Count the nodes of each op type."""
    return Counter(node.op_type for node in model.graph.node)


def weight_bytes(model: ModelProto) -> int:
    """Sum the bytes of all stored tensors."""
    return sum(
        math.prod(tensor.dims) * onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
        for tensor in model.graph.initializer
    )


def macs(model: ModelProto) -> int | None:
    """Count multiply-accumulates of Conv, ConvTranspose, Gemm and MatMul.

    Returns
    -------
    count : for one run, or None where a shape is not fixed.
    """
    counts = macs_by_value(model).values()
    return None if None in counts else sum(count for count in counts if count is not None)


def macs_by_value(model: ModelProto) -> dict[str, int | None]:
    """Count multiply-accumulates of each such op, by the value it gives; None: shape unknown."""
    graph = with_shapes(model).graph
    shapes = {v.name: static_shape(v) for v in (*graph.input, *graph.value_info, *graph.output)}
    shapes |= {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    found: dict[str, int | None] = {}
    for node in graph.node:
        if node.op_type in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
            out, x, weight = (shapes.get(n) for n in (node.output[0], node.input[0], node.input[1]))
            if out is None or x is None or weight is None:
                found[node.output[0]] = None
            else:
                found[node.output[0]] = _macs_of(node, out, x, weight)
    return found


def _macs_of(
    node: NodeProto, out: tuple[int, ...], x: tuple[int, ...], weight: tuple[int, ...]
) -> int:
    if node.op_type == "Conv":  # each output value sums over one filter
        return math.prod(out) * math.prod(weight[1:])
    if node.op_type == "ConvTranspose":  # each input value is spread by one filter
        return math.prod(x) * math.prod(weight[1:])
    transposed = any(a.name == "transA" and a.i for a in node.attribute)
    return math.prod(out) * x[-2 if transposed else -1]
