"""Constants, ranges, random numbers, and values spread over a shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.layers.elementwise import binary
from poseconvert.mil.package.neuralnetwork.lowering import Lower, Lowering, Value, layer


@layer("loadConstant")
def load_constant(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give a stored [C, H, W]; leading axes of size 1 where blobs have them."""
    array = to.weights(p.data, tuple(p.shape), what="data")
    return to.stored(array if to.exact else array.reshape([1] * (to.blob_rank - 3) + list(p.shape)))


@layer("loadConstantND")
def load_constant_nd(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give a stored array."""
    return to.stored(to.weights(p.data, tuple(p.shape), what="data"))


@layer("fillLike")
def fill_like(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``fill`` to the shape of the input."""
    return _filled(to, to.op("shape", 1, "int32", x=inputs[0]), p.value, to.ranks[inputs[0]])


@layer("fillStatic")
def fill_static(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``fill`` to a stored shape."""
    return _filled(to, np.array(p.targetShape), p.value, len(p.targetShape))


@layer("fillDynamic")
def fill_dynamic(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``fill`` to the shape that the input holds."""
    return _filled(to, to.cast(inputs[0], "int32"), p.value, to.held_rank)


def _filled(to: Lowering, shape: Any, value: float, rank: int | None) -> Value:
    return to.op("fill", rank, shape=shape, value=float(value))


@layer("broadcastToLike")
def broadcast_to_like(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the first input spread over the shape of the second."""
    x, like = inputs
    zeros = _filled(to, to.op("shape", 1, "int32", x=like), 0.0, to.ranks[like])
    return binary(to, "add", zeros, x)


@layer("broadcastToStatic")
def broadcast_to_static(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the input spread over a stored shape."""
    zeros = _filled(to, np.array(p.targetShape), 0.0, len(p.targetShape))
    return binary(to, "add", zeros, inputs[0])


@layer("broadcastToDynamic")
def broadcast_to_dynamic(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the first input spread over the shape that the second holds."""
    x, shape = inputs
    return binary(to, "add", _filled(to, to.cast(shape, "int32"), 0.0, to.held_rank), x)


@layer("rangeStatic")
def range_static(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``range_1d`` of stored numbers."""
    return to.op("range_1d", 1, start=p.startValue, end=p.endValue, step=p.stepSizeValue)


@layer("rangeDynamic")
def range_dynamic(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``range_1d`` to the first input; from the second, by the third where there are such."""
    end, start, step = (*(to.scalar(value) for value in inputs), None, None)[:3]
    return to.op(
        "range_1d",
        1,
        end=end,
        start=p.startValue if start is None else start,
        step=p.stepSizeValue if step is None else step,
    )


#: Distribution -> MIL op, and its parameters by those of the layer.
_RANDOM = {
    "Normal": ("random_normal", {"mean": "mean", "stddev": "stdDev"}),
    "Uniform": ("random_uniform", {"low": "minVal", "high": "maxVal"}),
    "Bernoulli": ("random_bernoulli", {"prob": "prob"}),
}


def _random(kind: str, form: str) -> Lower:
    op, names = _RANDOM[kind]

    def lower(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
        shape: Any
        rank: int | None
        if form == "Static":
            shape, rank = np.array(p.outputShape), len(p.outputShape)
        elif form == "Like":
            shape, rank = to.op("shape", 1, "int32", x=inputs[0]), to.ranks[inputs[0]]
        else:
            shape, rank = to.cast(inputs[0], "int32"), to.held_rank
        arguments = {ours: getattr(p, theirs) for ours, theirs in names.items()}
        return to.op(op, rank, shape=shape, seed=int(p.seed), **arguments)

    return lower


for _kind in _RANDOM:
    for _form in ("Like", "Static", "Dynamic"):
        layer(f"random{_kind}{_form}")(_random(_kind, _form))


@layer("categoricalDistribution")
def categorical_distribution(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``random_categorical``; a temperature divides logits, and their probabilities alike."""
    x, rank = inputs[0], to.ranks[inputs[0]]
    if not p.isLogits:
        x = to.op("log", rank, x=x, epsilon=p.eps or 1e-10)
    if p.temperature not in (0.0, 1.0):
        x = binary(to, "mul", x, 1.0 / p.temperature)
    seed, size = int(p.seed), int(p.numSamples)
    return to.op("random_categorical", rank, x=x, mode="logits", size=size, seed=seed)
