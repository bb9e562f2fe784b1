"""MIL op family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.precision import carrier
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import tensor

_CAST_IOS15 = ("fp16", "fp32", "int32", "bool")
_CAST_IOS17 = (*_CAST_IOS15, "int8", "uint8", "int16", "uint16")


@op("clip", since="CoreML5")
def clip(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(max(x, alpha), beta)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``clip``.
    """
    return torch.clamp(tensor(x), float(alpha), float(beta)).numpy()


@op("tanh", since="CoreML5")
def tanh(*, x: Array) -> Array:
    """``y = tanh(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``tanh``.
    """
    return torch.tanh(tensor(x)).numpy()


@op("erf", since="CoreML5")
def erf(*, x: Array) -> Array:
    """``y = erf(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``erf``.
    """
    return torch.erf(tensor(x)).numpy()


@op("exp", since="CoreML5")
def exp(*, x: Array) -> Array:
    """``y = e ** x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``exp``.
    """
    return torch.exp(tensor(x)).numpy()


@op("log", since="CoreML5")
def log(*, x: Array, epsilon: float = 1e-45) -> Array:
    """``y = log(x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``log``.
    """
    return np.log(x + np.float32(epsilon))


@op("sqrt", since="CoreML5")
def sqrt(*, x: Array) -> Array:
    """``y = x ** 0.5``; negative numbers give NaN.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sqrt``.
    """
    return np.sqrt(x)


@op("rsqrt", since="CoreML5")
def rsqrt(*, x: Array, epsilon: float = 1e-12) -> Array:
    """``y = 1 / sqrt(x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``rsqrt``.
    """
    return np.float32(1) / np.sqrt(x + np.float32(epsilon))


@op("inverse", since="CoreML5")
def inverse(*, x: Array, epsilon: float = 1e-4) -> Array:
    """``y = 1 / (x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``inverse``.
    """
    return np.float32(1) / (x + np.float32(epsilon))


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


@op("square", since="CoreML5")
def square(*, x: Array) -> Array:
    """``y = x * x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``square``.
    """
    return np.square(x)


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


@op("cast", since="CoreML5")
def cast_ios15(*, x: Array, dtype: str) -> Array:
    """``y = x`` as ``dtype``; floats lose their fraction in integers, which saturate.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    ValueError
        ``dtype`` is not one of fp16, fp32, int32, bool.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``cast``. Saturation is Arm's, not
    documented by Core ML.
    """
    return _cast(x, dtype, _CAST_IOS15)


@op("cast", since="CoreML7")
def cast_ios17(*, x: Array, dtype: str) -> Array:
    """``y = x`` as ``dtype``; floats lose their fraction in integers, which saturate.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    ValueError
        ``dtype`` is not one of fp16, fp32, int8, uint8, int16, uint16, int32, bool.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/elementwise_unary.py, ``cast``. Saturation is Arm's, not
    documented by Core ML.
    """
    return _cast(x, dtype, _CAST_IOS17)


def _cast(x: Array, dtype: str, allowed: tuple[str, ...]) -> Array:
    """Convert to the carrier of ``dtype``; rounding to fp16 is the precision mode's business."""
    if dtype not in allowed:
        raise ValueError(f'unknown dtype "{dtype}", expected one of {", ".join(allowed)}')
    target = carrier(dtype)
    x = np.asarray(x)
    if target.kind not in "iu" or x.dtype.kind == "b":
        return x.astype(target, copy=False)
    limits = np.iinfo(dtype)
    whole = np.trunc(np.nan_to_num(x.astype(np.float64), nan=0.0))
    return np.clip(whole, limits.min, limits.max).astype(target)
