"""ONNX forms of the ops of family ``activation``."""

from __future__ import annotations

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, f32, i64, ints, number, text
from poseconvert.mil.onnx_registry import onnx_form


def _per_channel(graph: Graph, alpha: Value, x: Value) -> str:
    """Bring [C] beside the channels of x [N, C, spatial...]."""
    return graph.node("Reshape", alpha, i64([-1, *[1] * (x.rank - 2)]))


@onnx_form("relu")
def relu(graph: Graph, *, x: Value) -> str:
    """``Relu``."""
    return graph.node("Relu", x)


@onnx_form("relu6")
def relu6(graph: Graph, *, x: Value) -> str:
    """``Clip`` from 0 to 6."""
    return graph.node("Clip", x, f32(0), f32(6))


@onnx_form("clamped_relu")
def clamped_relu(graph: Graph, *, x: Value, alpha: Value, beta: Value) -> str:
    """``LeakyRelu``, cut above at ``beta``."""
    return graph.node("Min", graph.node("LeakyRelu", x, alpha=number(alpha)), beta)


@onnx_form("leaky_relu")
def leaky_relu(graph: Graph, *, x: Value, alpha: Value) -> str:
    """``LeakyRelu``."""
    return graph.node("LeakyRelu", x, alpha=number(alpha))


@onnx_form("thresholded_relu")
def thresholded_relu(graph: Graph, *, x: Value, alpha: Value) -> str:
    """``Where``: ``ThresholdedRelu`` drops ``x == alpha``, Core ML keeps it."""
    return graph.node("Where", graph.node("GreaterOrEqual", x, alpha), x, f32(0))


@onnx_form("prelu")
def prelu(graph: Graph, *, x: Value, alpha: Value) -> str:
    """``PRelu`` with one slope per channel."""
    return graph.node("PRelu", x, _per_channel(graph, alpha, x))


@onnx_form("elu")
def elu(graph: Graph, *, x: Value, alpha: Value) -> str:
    """``Elu``."""
    return graph.node("Elu", x, alpha=number(alpha))


@onnx_form("gelu")
def gelu(graph: Graph, *, x: Value, mode: Value | None = None) -> str:
    """``Gelu``, or ``x * Sigmoid(1.702 x)``."""
    kind = text(mode, "EXACT")
    if kind == "SIGMOID_APPROXIMATION":
        return graph.node("Mul", x, graph.node("Sigmoid", graph.node("Mul", x, f32(1.702))))
    if kind not in ("EXACT", "TANH_APPROXIMATION"):
        raise UnsupportedOpError(f'gelu has no mode "{kind}"')
    return graph.node("Gelu", x, approximate="none" if kind == "EXACT" else "tanh")


@onnx_form("silu")
def silu(graph: Graph, *, x: Value) -> str:
    """``x * Sigmoid(x)``."""
    return graph.node("Mul", x, graph.node("Sigmoid", x))


@onnx_form("sigmoid")
def sigmoid(graph: Graph, *, x: Value) -> str:
    """``Sigmoid``."""
    return graph.node("Sigmoid", x)


@onnx_form("sigmoid_hard")
def sigmoid_hard(graph: Graph, *, x: Value, alpha: Value, beta: Value) -> str:
    """``HardSigmoid``."""
    return graph.node("HardSigmoid", x, alpha=number(alpha), beta=number(beta))


@onnx_form("softplus")
def softplus(graph: Graph, *, x: Value) -> str:
    """``Softplus``."""
    return graph.node("Softplus", x)


@onnx_form("softplus_parametric")
def softplus_parametric(graph: Graph, *, x: Value, alpha: Value, beta: Value) -> str:
    """``alpha * Softplus(beta * x)``, both per channel."""
    inner = graph.node("Mul", x, _per_channel(graph, beta, x))
    return graph.node("Mul", graph.node("Softplus", inner), _per_channel(graph, alpha, x))


@onnx_form("softsign")
def softsign(graph: Graph, *, x: Value) -> str:
    """``Softsign``."""
    return graph.node("Softsign", x)


@onnx_form("scaled_tanh")
def scaled_tanh(
    graph: Graph, *, x: Value, alpha: Value | None = None, beta: Value | None = None
) -> str:
    """``alpha * Tanh(beta * x)``."""
    inner = graph.node("Tanh", graph.node("Mul", x, f32(number(beta, 1.0))))
    return graph.node("Mul", inner, f32(number(alpha, 1.0)))


@onnx_form("linear_activation")
def linear_activation(graph: Graph, *, x: Value, alpha: Value, beta: Value | None = None) -> str:
    """``alpha * x + beta``."""
    return graph.node("Add", graph.node("Mul", x, alpha), f32(number(beta)))


@onnx_form("softmax")
def softmax(graph: Graph, *, x: Value, axis: Value | None = None) -> str:
    """``Softmax``."""
    (along,) = ints(axis, [-1])
    return graph.node("Softmax", x, axis=along)
