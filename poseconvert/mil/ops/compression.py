"""MIL op family ``compression``: weights compressed for iOS 18, in blocks, groups and vectors."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.decompression import block_sizes, looked_up, scattered
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op


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
    return _shifted_and_scaled(data, scale, offset)


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
    dense = _shifted_and_scaled(scattered(nonzero_data, data_mask), scale, offset)
    return data_mask, dense[data_mask != 0]


def _shifted_and_scaled(data: Array, scale: Array, offset: Array | None) -> Array:
    """Cut each axis in two, (block, place in it), so that scales and offsets broadcast."""
    blocks = block_sizes(data.shape, scale.shape)
    if offset is not None and offset.shape != scale.shape:
        raise ValueError(f"offset {offset.shape} and scale {scale.shape} differ in shape")
    cut = [size for pair in zip(scale.shape, blocks, strict=True) for size in pair]
    spread = [size for count in scale.shape for size in (count, 1)]
    values = data.astype(np.float32).reshape(cut)
    if offset is not None:
        values -= np.asarray(offset, np.float32).reshape(spread)
    values *= np.asarray(scale, np.float32).reshape(spread)
    return values.reshape(data.shape)
