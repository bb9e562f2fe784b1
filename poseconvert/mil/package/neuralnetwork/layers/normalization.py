"""Normalizations."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.layers.elementwise import binary
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer
from poseconvert.mil.package.neuralnetwork.weights import is_given


@layer("batchnorm")
def batchnorm(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``batch_norm`` with stored moments; with those of the input, over all or each instance."""
    (x,) = inputs
    given: dict[str, Any] = {
        name: to.weights(getattr(p, name), (p.channels,), what=name)
        for name in ("gamma", "beta", "mean", "variance")
        if is_given(getattr(p, name))
    }
    epsilon = p.epsilon or 1e-5
    folded = to.folded(x, 4)
    if p.computeMeanVar:
        given.pop("mean", None), given.pop("variance", None)
        if not p.instanceNormalization:
            y = _standardised(to, folded, (0, 2, 3), epsilon)
            for op, name in (("mul", "gamma"), ("add", "beta")):
                y = binary(to, op, y, given[name].reshape(-1, 1, 1)) if name in given else y
            return to.unfolded(y, x)
        y = to.op("instance_norm", 4, x=folded, epsilon=epsilon, **given)
    else:
        y = to.op("batch_norm", 4, x=folded, epsilon=epsilon, **given)
    return to.unfolded(y, x)


def _standardised(
    to: Lowering, x: Value, axes: tuple[int, ...], epsilon: float, *, scaled: bool = True
) -> Value:
    """``(x - mean) / sqrt(variance + epsilon)`` over axes."""
    rank, along = to.ranks[x], np.array(axes)
    mean = to.op("reduce_mean", rank, x=x, axes=along, keep_dims=True)
    centred = binary(to, "sub", x, mean)
    if not scaled:
        return centred
    square = to.op("square", rank, x=centred)
    variance = to.op("reduce_mean", rank, x=square, axes=along, keep_dims=True)
    return binary(to, "mul", centred, to.op("rsqrt", rank, x=variance, epsilon=epsilon))


@layer("mvn")
def mvn(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``(x - mean) / (deviation + epsilon)`` over each channel or, across channels, all of them."""
    (x,) = inputs
    axes = (-3, -2, -1) if p.acrossChannels else (-2, -1)
    centred = _standardised(to, x, axes, 0.0, scaled=False)
    if not p.normalizeVariance:
        return centred
    rank = to.ranks[x]
    square = to.op("square", rank, x=centred)
    variance = to.op("reduce_mean", rank, x=square, axes=np.array(axes), keep_dims=True)
    deviation = to.op("sqrt", rank, x=variance)
    return binary(to, "real_div", centred, binary(to, "add", deviation, p.epsilon or 1e-5))


@layer("l2normalize")
def l2normalize(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``x / sqrt(sum(x * x) + epsilon)`` over the last three axes."""
    (x,) = inputs
    rank = to.ranks[x]
    square = to.op("square", rank, x=x)
    total = to.op("reduce_sum", rank, x=square, axes=np.array([-3, -2, -1]), keep_dims=True)
    return binary(to, "mul", x, to.op("rsqrt", rank, x=total, epsilon=p.epsilon or 1e-6))


@layer("lrn")
def lrn(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``local_response_norm``."""
    (x,) = inputs
    y = to.op(
        "local_response_norm",
        4,
        x=to.folded(x, 4),
        size=p.localSize,
        alpha=p.alpha,
        beta=p.beta,
        k=p.k or 1.0,
    )
    return to.unfolded(y, x)


@layer("layerNormalization")
def layer_normalization(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``layer_norm`` over the last axes, as many as its shape has."""
    (x,) = inputs
    shape = tuple(p.normalizedShape)
    return to.op(
        "layer_norm",
        to.ranks[x],
        x=x,
        axes=np.arange(-len(shape), 0),
        gamma=to.weights(p.gamma, shape, what="gamma") if is_given(p.gamma) else None,
        beta=to.weights(p.beta, shape, what="beta") if is_given(p.beta) else None,
        epsilon=p.eps,
    )
