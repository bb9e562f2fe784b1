"""MIL op family ``elementwise_unary``: bounds, rounding, signs and ``logical_not``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import tensor


@op("clip", since="CoreML5")
def clip_ios15(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(max(x, alpha), beta)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``clip``.
    """
    return torch.clamp(tensor(x), float(alpha), float(beta)).numpy()


@op("clip", since="CoreML7")
def clip_ios17(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(max(x, alpha), beta)``, where ``alpha < beta``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    ValueError
        ``alpha`` is not below ``beta``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/elementwise_unary.py, ``clip``.
    """
    if not float(alpha) < float(beta):
        raise ValueError(f"alpha {float(alpha)} is not below beta {float(beta)}")
    return torch.clamp(tensor(x), float(alpha), float(beta)).numpy()


@op("threshold", since="CoreML5")
def threshold(*, x: Array, alpha: Array) -> Array:
    """``y = max(x, alpha)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``threshold``.
    """
    return np.maximum(x, alpha)


@op("floor", since="CoreML5")
def floor(*, x: Array) -> Array:
    """``y`` is the largest whole number not above ``x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``floor``.
    """
    return np.floor(x)


@op("ceil", since="CoreML5")
def ceil(*, x: Array) -> Array:
    """``y`` is the smallest whole number not below ``x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``ceil``.
    """
    return np.ceil(x)


@op("round", since="CoreML5")
def round(*, x: Array) -> Array:
    """``y`` is the whole number nearest to ``x``, ties to even.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``round``.
    """
    return np.rint(x)


@op("abs", since="CoreML5")
def abs(*, x: Array) -> Array:
    """``y = |x|``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``abs``.
    """
    return np.abs(x)


@op("sign", since="CoreML5")
def sign(*, x: Array) -> Array:
    """``y`` is -1, 0 or 1 as ``x`` is below, at or above 0.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sign``.
    """
    return np.sign(x)


@op("logical_not", since="CoreML5")
def logical_not(*, x: Array) -> Array:
    """``y = not x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``logical_not``.
    """
    return np.logical_not(x)
