"""ONNX forms of the ops of family ``elementwise_binary``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value
from poseconvert.mil.onnx_registry import onnx_form

_BINARY = {
    "add": "Add",
    "equal": "Equal",
    "greater": "Greater",
    "greater_equal": "GreaterOrEqual",
    "less": "Less",
    "less_equal": "LessOrEqual",
    "logical_and": "And",
    "logical_or": "Or",
    "logical_xor": "Xor",
    "maximum": "Max",
    "minimum": "Min",
    "mul": "Mul",
    "sub": "Sub",
}


def _binary(type: str) -> Callable[..., str]:
    def binary(graph: Graph, *, x: Value, y: Value) -> str:
        return graph.node(type, x, y)

    return binary


for _op, _type in _BINARY.items():
    onnx_form(_op)(_binary(_type))


@onnx_form("not_equal")
def not_equal(graph: Graph, *, x: Value, y: Value) -> str:
    """``Not(Equal)``."""
    return graph.node("Not", graph.node("Equal", x, y))


@onnx_form("pow")
def pow(graph: Graph, *, x: Value, y: Value) -> str:
    """``Pow`` of floats."""
    if not (x.is_float and y.is_float):
        raise UnsupportedOpError("powers of whole numbers overflow otherwise in ONNX Runtime")
    return graph.node("Pow", x, y)


@onnx_form("real_div")
def real_div(graph: Graph, *, x: Value, y: Value) -> str:
    """``Div``; whole numbers are divided by constants only."""
    if not x.is_float:
        _refuse_overflow(y)
    return graph.node("Div", x, y)


@onnx_form("floor_div")
def floor_div(graph: Graph, *, x: Value, y: Value) -> str:
    """``(x - Mod(x, y)) / y`` of whole numbers, by constants only."""
    return graph.node("Div", graph.node("Sub", x, mod(graph, x=x, y=y)), y)


@onnx_form("mod")
def mod(graph: Graph, *, x: Value, y: Value) -> str:
    """``Mod`` of whole numbers, by constants only."""
    if x.is_float:
        raise UnsupportedOpError("floats are divided and floored with other roundings in ONNX")
    _refuse_overflow(y)
    return graph.node("Mod", x, y)


def _refuse_overflow(y: Value) -> None:
    """Keep out what ends the process in ONNX Runtime: quotients that are no int32."""
    if y.constant is None or not np.all(np.asarray(y.constant) > 0):
        raise UnsupportedOpError(f'"{y.name}" divides whole numbers and may be 0 or -1')
