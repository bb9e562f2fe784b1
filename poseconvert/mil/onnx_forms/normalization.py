"""ONNX forms of the ops of family ``normalization``."""

from __future__ import annotations

import numpy as np

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, f32, i64, ints, number
from poseconvert.mil.onnx_registry import onnx_form

_EPSILON = 1e-5


@onnx_form("batch_norm")
def batch_norm(
    graph: Graph,
    *,
    x: Value,
    mean: Value,
    variance: Value,
    gamma: Value | None = None,
    beta: Value | None = None,
    epsilon: Value | None = None,
) -> str:
    """``BatchNormalization``."""
    channels = x.shape[1]
    return graph.node(
        "BatchNormalization",
        x,
        gamma or np.ones(channels, np.float32),
        beta or np.zeros(channels, np.float32),
        mean,
        variance,
        epsilon=number(epsilon, _EPSILON),
    )


@onnx_form("instance_norm")
def instance_norm(
    graph: Graph,
    *,
    x: Value,
    gamma: Value | None = None,
    beta: Value | None = None,
    epsilon: Value | None = None,
) -> str:
    """``InstanceNormalization``."""
    channels = x.shape[1]
    return graph.node(
        "InstanceNormalization",
        x,
        gamma or np.ones(channels, np.float32),
        beta or np.zeros(channels, np.float32),
        epsilon=number(epsilon, _EPSILON),
    )


@onnx_form("layer_norm")
def layer_norm(
    graph: Graph,
    *,
    x: Value,
    axes: Value | None = None,
    gamma: Value | None = None,
    beta: Value | None = None,
    epsilon: Value | None = None,
) -> str:
    """``LayerNormalization`` over the last axes, else its definition."""
    dims = sorted(axis % x.rank for axis in ints(axes, range(x.rank)))
    sizes = [x.shape[axis] for axis in dims]
    small = number(epsilon, _EPSILON)
    if dims == list(range(x.rank - len(dims), x.rank)):
        scale = gamma or np.ones(sizes, np.float32)
        return graph.node("LayerNormalization", x, scale, beta, axis=dims[0], epsilon=small)
    along = i64(dims)
    centred = graph.node("Sub", x, graph.node("ReduceMean", x, along, keepdims=1))
    squares = graph.node("Mul", centred, centred)
    variance = graph.node("ReduceMean", squares, along, keepdims=1)
    spread = graph.node("Sqrt", graph.node("Add", variance, f32(small)))
    out = graph.node("Div", centred, spread)
    beside = i64([size if axis in dims else 1 for axis, size in enumerate(x.shape)])
    if gamma is not None:
        out = graph.node("Mul", out, graph.node("Reshape", gamma, beside))
    if beta is not None:
        out = graph.node("Add", out, graph.node("Reshape", beta, beside))
    return out


@onnx_form("l2_norm")
def l2_norm(graph: Graph, *, x: Value, epsilon: Value | None = None) -> str:
    """``x / Sqrt(ReduceSumSquare(x) + epsilon)`` over the last three dimensions."""
    squares = graph.node("ReduceSumSquare", x, i64([-3, -2, -1]), keepdims=1)
    padded = graph.node("Add", squares, f32(number(epsilon, 1e-6)))
    return graph.node("Div", x, graph.node("Sqrt", padded))


@onnx_form("local_response_norm")
def local_response_norm(
    graph: Graph,
    *,
    x: Value,
    size: Value,
    alpha: Value | None = None,
    beta: Value | None = None,
    k: Value | None = None,
) -> str:
    """``LRN``; an even window is centred otherwise."""
    (window,) = ints(size)
    if window % 2 == 0:
        raise UnsupportedOpError(f"local_response_norm over {window} channels has no ONNX form")
    return graph.node(
        "LRN",
        x,
        size=window,
        alpha=number(alpha, 1e-4),
        beta=number(beta, 0.75),
        bias=number(k, 1.0),
    )
