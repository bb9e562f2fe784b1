"""ONNX forms of the ops of family ``elementwise_unary``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, f32, number, text
from poseconvert.mil.onnx_registry import onnx_form

_UNARY = {
    "abs": "Abs",
    "acos": "Acos",
    "asin": "Asin",
    "atan": "Atan",
    "atanh": "Atanh",
    "ceil": "Ceil",
    "cos": "Cos",
    "cosh": "Cosh",
    "erf": "Erf",
    "exp": "Exp",
    "floor": "Floor",
    "logical_not": "Not",
    "round": "Round",
    "sign": "Sign",
    "sin": "Sin",
    "sinh": "Sinh",
    "sqrt": "Sqrt",
    "tan": "Tan",
    "tanh": "Tanh",
}


def _unary(type: str) -> Callable[..., str]:
    def unary(graph: Graph, *, x: Value) -> str:
        return graph.node(type, x)

    return unary


for _op, _type in _UNARY.items():
    onnx_form(_op)(_unary(_type))


@onnx_form("clip", "CoreML5", "CoreML7")
def clip(graph: Graph, *, x: Value, alpha: Value, beta: Value) -> str:
    """``Clip``."""
    low, high = number(alpha), number(beta)
    if not low < high:
        raise UnsupportedOpError(f"clip from {low:g} to {high:g}")
    return graph.node("Clip", x, f32(low), f32(high))


@onnx_form("exp2")
def exp2(graph: Graph, *, x: Value) -> str:
    """``Pow(2, x)``."""
    return graph.node("Pow", f32(2), x)


@onnx_form("inverse")
def inverse(graph: Graph, *, x: Value, epsilon: Value | None = None) -> str:
    """``Reciprocal(x + epsilon)``."""
    return graph.node("Reciprocal", graph.node("Add", x, f32(number(epsilon, 1e-4))))


@onnx_form("log")
def log(graph: Graph, *, x: Value, epsilon: Value | None = None) -> str:
    """``Log(x + epsilon)``."""
    return graph.node("Log", graph.node("Add", x, f32(number(epsilon, 1e-45))))


@onnx_form("rsqrt")
def rsqrt(graph: Graph, *, x: Value, epsilon: Value | None = None) -> str:
    """``Reciprocal(Sqrt(x + epsilon))``."""
    padded = graph.node("Add", x, f32(number(epsilon, 1e-12)))
    return graph.node("Reciprocal", graph.node("Sqrt", padded))


@onnx_form("square")
def square(graph: Graph, *, x: Value) -> str:
    """``x * x``."""
    return graph.node("Mul", x, x)


@onnx_form("threshold")
def threshold(graph: Graph, *, x: Value, alpha: Value) -> str:
    """``Max(x, alpha)``."""
    return graph.node("Max", x, alpha)


@onnx_form("cast", "CoreML5", "CoreML7")
def cast(graph: Graph, *, x: Value, dtype: Value) -> str:
    """``Cast``; floats are cut and held inside a whole number's range first."""
    target = text(dtype)
    if x.is_float and target.startswith("fp"):
        return graph.name(x)
    if target.startswith("fp") or target == "bool" or x.dtype in ("bool", target):
        return graph.cast(x, target)
    limits = np.iinfo(target)
    wide = graph.cast_to(x, np.float64)
    least, most, zero = (np.asarray(n, np.float64) for n in (limits.min, limits.max, 0))
    held = graph.node("Clip", wide, least, most)
    return graph.cast(graph.node("Where", graph.node("IsNaN", wide), zero, held), target)
