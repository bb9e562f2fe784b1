"""MIL op ``constexpr_lut_to_dense``, of family ``constexpr_ops``."""

from __future__ import annotations

from math import prod

from poseconvert.mil.ops.shared import Array, bounded, integers, op
from poseconvert.mil.ops.shared.decompression import looked_up
from poseconvert.mil.package.bit_packing import unpack

_BITS = {2: 1, 4: 2, 16: 4, 64: 6, 256: 8}


@op("constexpr_lut_to_dense", since="CoreML6")
def constexpr_lut_to_dense(*, indices: Array, lut: Array, shape: Array) -> Array:
    """``lut[unpacked indices]``, log2(lut.size) bits each, the lowest bit first.

    Shapes
    ------
    indices uint8 [ceil(bits * prod(shape) / 8)]; lut [2, 4, 16, 64 or 256]; shape [rank]

    Raises
    ------
    ValueError
        The sizes do not fit each other, or the result is too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/constexpr_ops.py, ``constexpr_lut_to_dense``
    """
    sizes = bounded(integers(shape))
    if lut.ndim != 1 or lut.size not in _BITS:
        raise ValueError(f"lut of shape {lut.shape}, expected one axis of {list(_BITS)} entries")
    unpacked = unpack(indices.reshape(-1), _BITS[lut.size], prod(sizes))
    return looked_up(unpacked, lut.reshape(1, -1, 1), None).reshape(sizes)
