"""MIL op ``quantize``, of family ``quantization_ops``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op, saturated
from poseconvert.mil.ops.shared.decompression import along_axis


@op("quantize", since="CoreML7")
def quantize(
    *,
    input: Array,
    scale: Array | float,
    output_dtype: str,
    zero_point: Array | float | None = None,
    axis: int | None = None,
) -> Array:
    """``clip(round(input / scale) + zero_point)`` to int8 or uint8, ties to even, NaN to 0.

    Shapes
    ------
    input any; scale and zero_point [] or [input.shape[axis]]

    Raises
    ------
    ValueError
        A vector does not fit the axis, or the dtype is another.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/quantization_ops.py, ``quantize``
    """
    if output_dtype not in ("int8", "uint8"):
        raise ValueError(f'output_dtype "{output_dtype}", expected "int8" or "uint8"')
    levels = np.rint(input / along_axis(scale, input, axis))
    if zero_point is not None:
        levels = levels + along_axis(zero_point, input, axis)
    return saturated(levels, output_dtype)
