"""MIL op ``constexpr_sparse_to_dense``, of family ``constexpr_ops``."""

from __future__ import annotations

from math import prod

from poseconvert.mil.ops.shared import Array, bounded, integers, op
from poseconvert.mil.ops.shared.decompression import scattered
from poseconvert.mil.package.bit_packing import unpack


@op("constexpr_sparse_to_dense", since="CoreML6")
def constexpr_sparse_to_dense(*, nonzero_data: Array, mask: Array, shape: Array) -> Array:
    """``y[unpacked mask] = nonzero_data``, zero elsewhere; one bit each, the lowest first.

    Shapes
    ------
    nonzero_data [bits set in mask]; mask uint8 [ceil(prod(shape) / 8)]; shape [rank]

    Raises
    ------
    ValueError
        The sizes do not fit each other, a bit after the last element is set, or the result is
        too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/constexpr_ops.py, ``constexpr_sparse_to_dense``
    """
    sizes = bounded(integers(shape))
    count = prod(sizes)
    bits = unpack(mask.reshape(-1), 1, count)
    if count % 8 and int(mask.reshape(-1)[-1]) >> count % 8:
        raise ValueError(f"mask has bits set after its {count} elements")
    return scattered(nonzero_data, bits).reshape(sizes)
