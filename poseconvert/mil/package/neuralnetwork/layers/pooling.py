"""Pooling over the last two or three axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.layers.convolution import (
    CUSTOM_3D,
    border_amounts,
)
from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer

_TYPES = ("max_pool", "avg_pool", "l2_pool")
_GLOBAL = ("reduce_max", "reduce_mean", "reduce_l2_norm")
_SAME = ("same", "same_lower")
_PAD_3D = ("custom", "valid", "same")


@layer("pooling")
def pooling(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``max_pool``, ``avg_pool`` or ``l2_pool``; a reduction where it is global."""
    (x,) = inputs
    if p.globalPooling:
        return to.op(_GLOBAL[p.type], to.ranks[x], x=x, axes=np.array([-2, -1]), keep_dims=True)
    kind = p.WhichOneof("PoolingPaddingType")
    pads = [0] * 4
    if kind == "includeLastPixel":
        amounts = list(p.includeLastPixel.paddingAmounts) or [0, 0]
        pads = [amounts[0], amounts[0], amounts[-1], amounts[-1]]
    elif kind != "same":
        pads = border_amounts(to, p.valid.paddingAmounts)
    excludes = {"exclude_padding_from_average": p.avgPoolExcludePadding} if p.type == 1 else {}
    y = to.op(
        _TYPES[p.type],
        4,
        x=to.folded(x, 4),
        kernel_sizes=np.array(list(p.kernelSize) or [3, 3]),
        strides=np.array(list(p.stride) or [1, 1]),
        pad_type=_SAME[p.same.asymmetryMode] if kind == "same" else "custom",
        pad=None if kind == "same" else np.array(pads),
        ceil_mode=kind == "includeLastPixel",
        **excludes,
    )
    return to.unfolded(y, x)


@layer("pooling3d")
def pooling3d(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``max_pool`` or ``avg_pool`` over three axes."""
    (x,) = inputs
    pad_type = _PAD_3D[p.paddingType]
    pad = np.array([getattr(p, f"customPadding{side}") for side in CUSTOM_3D])
    excludes = {"exclude_padding_from_average": p.countExcludePadding} if p.type == 1 else {}
    y = to.op(
        _TYPES[p.type],
        5,
        x=to.folded(x, 5),
        kernel_sizes=np.array([p.kernelDepth, p.kernelHeight, p.kernelWidth]),
        strides=np.array([max(s, 1) for s in (p.strideDepth, p.strideHeight, p.strideWidth)]),
        pad_type=pad_type,
        pad=pad if pad_type == "custom" else None,
        **excludes,
    )
    return to.unfolded(y, x)


@layer("globalPooling3d")
def global_pooling3d(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """Give a reduction over the last three axes."""
    (x,) = inputs
    axes = np.array([-3, -2, -1])
    return to.op(_GLOBAL[p.type], to.ranks[x], x=x, axes=axes, keep_dims=True)
