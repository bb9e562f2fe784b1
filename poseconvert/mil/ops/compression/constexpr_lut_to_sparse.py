"""MIL op ``constexpr_lut_to_sparse``, of family ``compression``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.shared.decompression import looked_up, scattered


@op("constexpr_lut_to_sparse", since="CoreML8")
def constexpr_lut_to_sparse(
    *, indices_mask: Array, indices_nonzero_data: Array, lut: Array, vector_axis: int | None = None
) -> tuple[Array, Array]:
    """``lut[group of i, indices[i], :]`` where the mask is set; the mask grows with the vectors.

    Shapes
    ------
    indices_mask [d0, .., dk]; indices_nonzero_data [ones in the mask]; lut as for
    ``constexpr_lut_to_dense``; gives the mask along the vectors and its [ones] values

    Raises
    ------
    ValueError
        The shapes do not fit, or an index lies outside its palette.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/compression.py, ``constexpr_lut_to_sparse``
    """
    dense = looked_up(scattered(indices_nonzero_data, indices_mask), lut, vector_axis)
    mask = indices_mask
    if vector_axis is not None:
        mask = np.repeat(indices_mask, lut.shape[-1], axis=vector_axis)
    return mask, dense[mask != 0]
