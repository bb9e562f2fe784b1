"""MIL op family ``elementwise_unary``: ``cast``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, Facts, carrier, op, saturated

_CAST_IOS15 = ("fp16", "fp32", "int32", "bool")
_CAST_IOS17 = (*_CAST_IOS15, "int8", "uint8", "int16", "uint16")


@op("cast", since="CoreML5", facts=Facts(converts=True))
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


@op("cast", since="CoreML7", facts=Facts(converts=True))
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
    return saturated(x, dtype)
