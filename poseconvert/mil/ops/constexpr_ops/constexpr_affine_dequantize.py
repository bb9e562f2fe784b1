"""MIL op ``constexpr_affine_dequantize``, of family ``constexpr_ops``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.shared.decompression import along_axis


@op("constexpr_affine_dequantize", since="CoreML6")
def constexpr_affine_dequantize(
    *, quantized_data: Array, zero_point: Array | float, scale: Array | float, axis: int
) -> Array:
    """``scale * (quantized_data - zero_point)``, scale and zero point along one axis.

    Shapes
    ------
    quantized_data any; zero_point and scale [] or [quantized_data.shape[axis]]

    Raises
    ------
    ValueError
        A vector does not fit the axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/constexpr_ops.py, ``constexpr_affine_dequantize``
    """
    centred = quantized_data.astype(np.float32) - along_axis(zero_point, quantized_data, axis)
    return centred * along_axis(scale, quantized_data, axis)
