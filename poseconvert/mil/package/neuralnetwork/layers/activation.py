"""Activations."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer

#: ActivationParams: name of the kind -> MIL op, and which of alpha and beta it takes.
_CURVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "linear": ("linear_activation", ("alpha", "beta")),
    "ReLU": ("relu", ()),
    "leakyReLU": ("leaky_relu", ("alpha",)),
    "thresholdedReLU": ("thresholded_relu", ("alpha",)),
    "tanh": ("tanh", ()),
    "scaledTanh": ("scaled_tanh", ("alpha", "beta")),
    "sigmoid": ("sigmoid", ()),
    "sigmoidHard": ("sigmoid_hard", ("alpha", "beta")),
    "ELU": ("elu", ("alpha",)),
    "softsign": ("softsign", ()),
    "softplus": ("softplus", ()),
}
_GELU = ("EXACT", "TANH_APPROXIMATION", "SIGMOID_APPROXIMATION")


@layer("activation")
def activation(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give the op of the curve; the channels of parametric ones are the third axis from the end."""
    (x,) = inputs
    return curve(to, p, x)


def curve(to: Lowering, p: Any, x: Value) -> Value:
    """Emit an ``ActivationParams``."""
    kind = p.WhichOneof("NonlinearityType")
    if kind == "PReLU":
        return _prelu(to, p.PReLU.alpha, x)
    if kind == "parametricSoftplus":
        return _parametric_softplus(to, p.parametricSoftplus, x)
    if kind not in _CURVES:
        raise to.error("is an activation of no known kind")
    op, names = _CURVES[kind]
    arguments = {name: getattr(getattr(p, kind), name) for name in names}
    return to.op(op, to.ranks[x], x=x, **arguments)


def _prelu(to: Lowering, alpha: Any, x: Value) -> Value:
    """``max(x, 0) + alpha * min(x, 0)``, alpha by channel."""
    slope = _by_channel(to, alpha)
    rank = to.ranks[x]
    negative = to.op("minimum", rank, x=x, y=0.0)
    scaled = to.op("mul", rank, x=negative, y=slope)
    return to.op("add", rank, x=to.op("relu", rank, x=x), y=scaled)


def _parametric_softplus(to: Lowering, p: Any, x: Value) -> Value:
    """``alpha * log(1 + exp(beta * x))``, both by channel."""
    rank = to.ranks[x]
    inner = to.op("mul", rank, x=x, y=_by_channel(to, p.beta))
    return to.op("mul", rank, x=to.op("softplus", rank, x=inner), y=_by_channel(to, p.alpha))


def _by_channel(to: Lowering, message: Any) -> Any:
    held = len(message.floatValue) or len(message.float16Value) // 2
    values = to.weights(message, (held,))
    return values.reshape(-1, 1, 1) if held > 1 else np.asarray(values.reshape(()))


@layer("clampedReLU")
def clamped_relu(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``clamped_relu``."""
    (x,) = inputs
    return to.op("clamped_relu", to.ranks[x], x=x, alpha=p.alpha, beta=p.beta)


@layer("gelu")
def gelu(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``gelu``; the modes are exact, tanh and sigmoid."""
    (x,) = inputs
    return to.op("gelu", to.ranks[x], x=x, mode=_GELU[p.mode])


@layer("softmax")
def softmax(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``softmax`` over channels, the third axis from the end."""
    (x,) = inputs
    return to.op("softmax", to.ranks[x], x=x, axis=-3)


@layer("softmaxND")
def softmax_nd(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``softmax`` along any axis."""
    (x,) = inputs
    return to.op("softmax", to.ranks[x], x=x, axis=p.axis)
