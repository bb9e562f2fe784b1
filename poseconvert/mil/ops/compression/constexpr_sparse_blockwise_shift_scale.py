"""MIL op ``constexpr_sparse_blockwise_shift_scale``, of family ``compression``."""

from __future__ import annotations

from poseconvert.mil.ops.compression.shifting import shifted_and_scaled
from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.shared.decompression import scattered


@op("constexpr_sparse_blockwise_shift_scale", since="CoreML8")
def constexpr_sparse_blockwise_shift_scale(
    *, data_mask: Array, nonzero_data: Array, scale: Array, offset: Array | None = None
) -> tuple[Array, Array]:
    """``scale[i // b] * (data[i] - offset[i // b])`` where the mask is set.

    Shapes
    ------
    data_mask [d0, .., dk]; nonzero_data [ones in the mask]; scale and offset [s0, .., sk];
    gives the same mask and its [ones] values

    Raises
    ------
    ValueError
        The shapes do not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/compression.py, ``constexpr_sparse_blockwise_shift_scale``
    """
    dense = shifted_and_scaled(scattered(nonzero_data, data_mask), scale, offset)
    return data_mask, dense[data_mask != 0]
