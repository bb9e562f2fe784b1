"""MIL op ``constexpr_sparse_to_dense``, of family ``compression``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.shared.decompression import scattered


@op("constexpr_sparse_to_dense", since="CoreML8")
def constexpr_sparse_to_dense(*, nonzero_data: Array, mask: Array) -> Array:
    """``y[mask] = nonzero_data``, zero elsewhere.

    Shapes
    ------
    nonzero_data [ones in mask]; mask any

    Raises
    ------
    ValueError
        The counts differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/compression.py, ``constexpr_sparse_to_dense``
    """
    return scattered(nonzero_data, mask)
