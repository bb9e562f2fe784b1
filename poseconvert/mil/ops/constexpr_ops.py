"""MIL op family ``constexpr_ops``: weights compressed for iOS 16 and 17, packed in bytes."""

from __future__ import annotations

from math import prod

import numpy as np

from poseconvert.mil.decompression import along_axis, looked_up, scattered
from poseconvert.mil.packing import unpack
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers

_BITS = {2: 1, 4: 2, 16: 4, 64: 6, 256: 8}


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


@op("constexpr_cast", since="CoreML6")
def constexpr_cast(*, source_val: Array, output_dtype: str) -> Array:
    """``float32(source_val)``.

    Shapes
    ------
    source_val any; output_dtype the string "fp32"

    Raises
    ------
    ValueError
        Another dtype is asked for.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/constexpr_ops.py, ``constexpr_cast``
    """
    if output_dtype != "fp32":
        raise ValueError(f'output_dtype "{output_dtype}", only "fp32" is allowed')
    return np.asarray(source_val, np.float32)


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
