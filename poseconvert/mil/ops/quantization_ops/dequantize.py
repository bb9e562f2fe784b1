"""MIL op ``dequantize``, of family ``quantization_ops``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.shared.decompression import along_axis


@op("dequantize", since="CoreML7")
def dequantize(
    *,
    input: Array,
    scale: Array | float,
    zero_point: Array | float | None = None,
    axis: int | None = None,
) -> Array:
    """``scale * (input - zero_point)``.

    Shapes
    ------
    input any; scale and zero_point [] or [input.shape[axis]]

    Raises
    ------
    ValueError
        A vector does not fit the axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/quantization_ops.py, ``dequantize``
    """
    values = input.astype(np.float32)
    if zero_point is not None:
        values = values - along_axis(zero_point, input, axis)
    return values * along_axis(scale, input, axis)
