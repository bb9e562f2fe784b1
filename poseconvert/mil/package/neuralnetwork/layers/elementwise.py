"""Layers that work element by element."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lower, Lowering, Value, layer

_PLAIN = [
    "ceil",
    "floor",
    "sign",
    "round",
    "exp2",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "atanh",
    "erf",
]
_BROADCASTING = {
    "modBroadcastable": "mod",
    "minBroadcastable": "minimum",
    "maxBroadcastable": "maximum",
    "addBroadcastable": "add",
    "powBroadcastable": "pow",
    "divideBroadcastable": "real_div",
    "floorDivBroadcastable": "floor_div",
    "multiplyBroadcastable": "mul",
    "subtractBroadcastable": "sub",
}
_COMPARING = {
    "equal": "equal",
    "notEqual": "not_equal",
    "lessThan": "less",
    "lessEqual": "less_equal",
    "greaterThan": "greater",
    "greaterEqual": "greater_equal",
}
_LOGICAL = {"logicalOr": "logical_or", "logicalXor": "logical_xor", "logicalAnd": "logical_and"}
#: UnaryFunctionLayerParams.Operation.
_SQRT, _RSQRT, _INVERSE, _POWER, _EXP, _LOG, _ABS, _THRESHOLD = range(8)


def broadcast_rank(to: Lowering, values: tuple[Value, ...]) -> int | None:
    """Give the rank of values that are broadcast against each other."""
    ranks = [to.ranks[value] for value in values]
    return None if None in ranks else max(rank for rank in ranks if rank is not None)


def binary(to: Lowering, op: str, x: Value, y: Any, dtype: str = "fp32") -> Value:
    """Emit a broadcasting op; ``y`` may be a constant."""
    rank = broadcast_rank(to, (x, y)) if isinstance(y, Value) else to.ranks[x]
    return to.op(op, rank, dtype, x=x, y=y)


def _plain(op: str) -> Lower:
    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        return to.op(op, to.ranks[inputs[0]], x=inputs[0])

    return lower


def _several(op: str) -> Lower:
    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        return reduce(lambda x, y: binary(to, op, x, y), inputs)

    return lower


def _comparing(op: str) -> Lower:
    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        other: Any = inputs[1] if len(inputs) > 1 else p.alpha
        return to.cast(binary(to, op, inputs[0], other, "bool"), "fp32")

    return lower


def _logical(op: str) -> Lower:
    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        x, y = (to.cast(value, "bool") for value in inputs)
        return to.cast(binary(to, op, x, y, "bool"), "fp32")

    return lower


for _kind in _PLAIN:
    layer(_kind)(_plain(_kind))
for _kind, _op in {**_BROADCASTING, "max": "maximum", "min": "minimum"}.items():
    layer(_kind)(_several(_op))
for _kind, _op in _COMPARING.items():
    layer(_kind)(_comparing(_op))
for _kind, _op in _LOGICAL.items():
    layer(_kind)(_logical(_op))


@layer("logicalNot")
def logical_not(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``logical_not`` of numbers: 1 where it is 0."""
    x = to.cast(inputs[0], "bool")
    return to.cast(to.op("logical_not", to.ranks[x], "bool", x=x), "fp32")


@layer("add")
def add(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the sum of several inputs, or of one and a number."""
    if len(inputs) == 1:
        return binary(to, "add", inputs[0], p.alpha)
    return reduce(lambda x, y: binary(to, "add", x, y), inputs)


@layer("multiply")
def multiply(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the product of several inputs, or of one and a number."""
    if len(inputs) == 1:
        return binary(to, "mul", inputs[0], p.alpha)
    return reduce(lambda x, y: binary(to, "mul", x, y), inputs)


@layer("average")
def average(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the mean of several inputs."""
    total = reduce(lambda x, y: binary(to, "add", x, y), inputs)
    return binary(to, "mul", total, 1.0 / len(inputs))


@layer("clip")
def clip(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``clip``."""
    (x,) = inputs
    return to.op("clip", to.ranks[x], x=x, alpha=p.minVal, beta=p.maxVal)


@layer("asinh")
def asinh(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``sign(x) * log(abs(x) + sqrt(x * x + 1))``: MIL has no such op."""
    (x,) = inputs
    rank = to.ranks[x]
    root = to.op("sqrt", rank, x=binary(to, "add", to.op("square", rank, x=x), 1.0))
    whole = binary(to, "add", to.op("abs", rank, x=x), root)
    return binary(to, "mul", to.op("sign", rank, x=x), to.op("log", rank, x=whole, epsilon=0.0))


@layer("acosh")
def acosh(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``log(x + sqrt(x * x - 1))``: MIL has no such op."""
    (x,) = inputs
    rank = to.ranks[x]
    root = to.op("sqrt", rank, x=binary(to, "sub", to.op("square", rank, x=x), 1.0))
    return to.op("log", rank, x=binary(to, "add", x, root), epsilon=0.0)


@layer("unary")
def unary(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``f(scale * x + shift)``; a scale of 0 is one that was left out, which means 1."""
    (x,) = inputs
    rank = to.ranks[x]
    if p.scale not in (0.0, 1.0):
        x = binary(to, "mul", x, p.scale)
    if p.shift:
        x = binary(to, "add", x, p.shift)
    epsilon = p.epsilon or 1e-6
    if p.type in (_RSQRT, _INVERSE, _LOG):
        name = {_RSQRT: "rsqrt", _INVERSE: "inverse", _LOG: "log"}[p.type]
        return to.op(name, rank, x=x, epsilon=epsilon)
    if p.type == _POWER:
        return binary(to, "pow", x, p.alpha)
    if p.type == _THRESHOLD:
        return to.op("threshold", rank, x=x, alpha=p.alpha)
    return to.op({_SQRT: "sqrt", _EXP: "exp", _ABS: "abs"}[p.type], rank, x=x)


@layer("scale")
def scale(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``scale * x + bias``, each one number, one by channel, or of shape [C, H, W]."""
    (x,) = inputs
    y = binary(to, "mul", x, _planes(to, p.scale, p.shapeScale, "scale"))
    return binary(to, "add", y, _planes(to, p.bias, p.shapeBias, "bias")) if p.hasBias else y


@layer("bias")
def bias(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``x + bias``, shaped as for ``scale``."""
    (x,) = inputs
    return binary(to, "add", x, _planes(to, p.bias, p.shape, "bias"))


def _planes(to: Lowering, message: Any, shape: Any, what: str) -> Any:
    array = to.weights(message, tuple(shape), what=what)
    return array.reshape(-1, 1, 1) if array.ndim == 1 else array


@layer("whereBroadcastable")
def where(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``select``: the second input where the first is not 0."""
    condition, a, b = inputs
    rank = broadcast_rank(to, inputs)
    return to.op("select", rank, cond=to.cast(condition, "bool"), a=a, b=b)


@layer("dot")
def dot(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the product of two vectors of channels, of their directions where it is a cosine."""
    sides = list(inputs)
    axes = np.array([-3])
    if p.cosineSimilarity:
        for at, side in enumerate(sides):
            norm = to.op("reduce_l2_norm", to.ranks[side], x=side, axes=axes, keep_dims=True)
            sides[at] = binary(to, "real_div", side, norm)
    product = binary(to, "mul", sides[0], sides[1])
    return to.op("reduce_sum", to.ranks[product], x=product, axes=axes, keep_dims=True)
