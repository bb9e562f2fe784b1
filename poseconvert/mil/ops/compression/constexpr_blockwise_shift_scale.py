"""MIL op ``constexpr_blockwise_shift_scale``, of family ``compression``."""

from __future__ import annotations

from poseconvert.mil.ops.compression.shifting import shifted_and_scaled
from poseconvert.mil.ops.shared import Array, op


@op("constexpr_blockwise_shift_scale", since="CoreML8")
def constexpr_blockwise_shift_scale(
    *, data: Array, scale: Array, offset: Array | None = None
) -> Array:
    """``scale[i // b] * (data[i] - offset[i // b])``, b the block size along each axis.

    Shapes
    ------
    data [d0, .., dk]; scale and offset [s0, .., sk], di a multiple of si

    Raises
    ------
    ValueError
        An axis of data is not divisible into its blocks, or offset differs from scale in shape.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/compression.py, ``constexpr_blockwise_shift_scale``
    """
    return shifted_and_scaled(data, scale, offset)
