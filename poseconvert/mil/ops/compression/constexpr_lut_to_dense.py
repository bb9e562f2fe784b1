"""MIL op ``constexpr_lut_to_dense``, of family ``compression``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.shared.decompression import looked_up


@op("constexpr_lut_to_dense", since="CoreML8")
def constexpr_lut_to_dense(*, indices: Array, lut: Array, vector_axis: int | None = None) -> Array:
    """``lut[group of i, indices[i], :]``, vectors laid along one axis.

    Shapes
    ------
    indices [d0, .., dk]; lut [g0, .., gk, palettes, vector], di a multiple of gi

    Raises
    ------
    ValueError
        The shapes do not fit, or an index lies outside its palette.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/compression.py, ``constexpr_lut_to_dense``
    """
    return looked_up(indices, lut, vector_axis)
