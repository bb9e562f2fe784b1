"""Blocks of pixels moved between the spatial dimensions and channels or batch."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded


@op("depth_to_space", since="CoreML5")
def depth_to_space(*, x: Array, block_size: int) -> Array:
    """``y[n, c, h * b + i, w * b + j] = x[n, (i * b + j) * C + c, h, w]``.

    The place within a block is the slow part of the channel, as in TensorFlow; ``pixel_shuffle``
    has it as the fast part.

    Shapes
    ------
    ``x``: [N, C * b * b, H, W]; result: [N, C, H * b, W * b].

    Raises
    ------
    ValueError
        ``x`` does not have four dimensions, or its channels do not fill blocks.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``depth_to_space``.
    """
    b = int(block_size)
    _check_blocks(x, b, x.shape[1:2], b * b)
    n, channels, h, w = x.shape
    parts = x.reshape(n, b, b, channels // (b * b), h, w)
    return parts.transpose(0, 3, 4, 1, 5, 2).reshape(n, channels // (b * b), h * b, w * b)


@op("space_to_depth", since="CoreML5")
def space_to_depth(*, x: Array, block_size: int) -> Array:
    """``y[n, (i * b + j) * C + c, h, w] = x[n, c, h * b + i, w * b + j]``.

    Shapes
    ------
    ``x``: [N, C, H * b, W * b]; result: [N, C * b * b, H, W].

    Raises
    ------
    ValueError
        ``x`` does not have four dimensions, or blocks do not fill its spatial ones.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``space_to_depth``.
    """
    b = int(block_size)
    _check_blocks(x, b, x.shape[2:], b)
    n, c, height, width = x.shape
    parts = x.reshape(n, c, height // b, b, width // b, b)
    return parts.transpose(0, 3, 5, 1, 2, 4).reshape(n, c * b * b, height // b, width // b)


@op("pixel_shuffle", since="CoreML5")
def pixel_shuffle(*, x: Array, upscale_factor: int) -> Array:
    """``y[n, c, h * f + i, w * f + j] = x[n, (c * f + i) * f + j, h, w]``.

    Shapes
    ------
    ``x``: [N, C * f * f, H, W]; result: [N, C, H * f, W * f].

    Raises
    ------
    ValueError
        ``x`` does not have four dimensions, or its channels do not fill blocks.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``pixel_shuffle``.
    """
    f = int(upscale_factor)
    _check_blocks(x, f, x.shape[1:2], f * f)
    n, channels, h, w = x.shape
    parts = x.reshape(n, channels // (f * f), f, f, h, w)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(n, channels // (f * f), h * f, w * f)


@op("pixel_unshuffle", since="CoreML6")
def pixel_unshuffle(*, x: Array, downscale_factor: int) -> Array:
    """``y[n, (c * f + i) * f + j, h, w] = x[n, c, h * f + i, w * f + j]``.

    Shapes
    ------
    ``x``: [N, C, H * f, W * f]; result: [N, C * f * f, H, W].

    Raises
    ------
    ValueError
        ``x`` does not have four dimensions, or blocks do not fill its spatial ones.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/tensor_transformation.py, ``pixel_unshuffle``.
    """
    f = int(downscale_factor)
    _check_blocks(x, f, x.shape[2:], f)
    n, c, height, width = x.shape
    parts = x.reshape(n, c, height // f, f, width // f, f)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(n, c * f * f, height // f, width // f)


@op("space_to_batch", since="CoreML5")
def space_to_batch(*, x: Array, block_shape: Array, paddings: Array) -> Array:
    """``y[(i * bw + j) * N + n, c, h, w] = padded x[n, c, h * bh + i, w * bw + j]``.

    Shapes
    ------
    ``x``: [N, C, H, W]; ``block_shape``: [bh, bw]; ``paddings``: [2, 2], zeros before and after
    H and W; result: [N * bh * bw, C, padded H / bh, padded W / bw].

    Raises
    ------
    ValueError
        The shapes do not fit, blocks do not fill the padded ``x``, or it would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``space_to_batch``.
    """
    (bh, bw), margins = _blocks(x, block_shape, paddings)
    n, c, *sizes = x.shape
    height, width = (size + sum(margin) for size, margin in zip(sizes, margins, strict=True))
    if height % bh or width % bw:
        raise ValueError(f"blocks of {bh} x {bw} do not fill {height} x {width}")
    bounded((n, c, height, width))
    padded = np.pad(x, [(0, 0), (0, 0), *margins])
    parts = padded.reshape(n, c, height // bh, bh, width // bw, bw)
    return parts.transpose(3, 5, 0, 1, 2, 4).reshape(bh * bw * n, c, height // bh, width // bw)


@op("batch_to_space", since="CoreML5")
def batch_to_space(*, x: Array, block_shape: Array, crops: Array) -> Array:
    """``uncropped y[n, c, h * bh + i, w * bw + j] = x[(i * bw + j) * N + n, c, h, w]``.

    Shapes
    ------
    ``x``: [N * bh * bw, C, H, W]; ``block_shape``: [bh, bw]; ``crops``: [2, 2], cut before and
    after; result: [N, C, H * bh less crops, W * bw less crops].

    Raises
    ------
    ValueError
        The shapes do not fit, or the crops leave nothing.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``batch_to_space``.
    """
    (bh, bw), margins = _blocks(x, block_shape, crops)
    batch, c, h, w = x.shape
    (top, bottom), (left, right) = margins
    if batch % (bh * bw) or top + bottom >= h * bh or left + right >= w * bw:
        raise ValueError(f"blocks of {bh} x {bw} and crops {margins} do not fit x {x.shape}")
    n = batch // (bh * bw)
    parts = x.reshape(bh, bw, n, c, h, w).transpose(2, 3, 4, 0, 5, 1)
    return parts.reshape(n, c, h * bh, w * bw)[:, :, top : h * bh - bottom, left : w * bw - right]


def _check_blocks(x: Array, block: int, sizes: tuple[int, ...], unit: int) -> None:
    if x.ndim != 4 or block < 1 or any(size % unit for size in sizes):
        raise ValueError(f"blocks of {block} x {block} do not fit x {x.shape}")


def _blocks(
    x: Array, block_shape: Array, margins: Array
) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    block, edges = np.asarray(block_shape), np.asarray(margins)
    if x.ndim != 4 or block.shape != (2,) or edges.shape != (2, 2):
        raise ValueError(
            f"block_shape {block.shape} and edges {edges.shape} do not fit x {x.shape}"
        )
    if block.min() < 1 or edges.min() < 0:
        raise ValueError(f"blocks of {block.tolist()} with edges {edges.tolist()} are impossible")
    (bh, bw), ((top, bottom), (left, right)) = block.tolist(), edges.tolist()
    return (bh, bw), [(top, bottom), (left, right)]
