"""MIL op ``batch_to_space``, of family ``tensor_transformation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_transformation.blocks import checked_blocks


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
    (bh, bw), margins = checked_blocks(x, block_shape, crops)
    batch, c, h, w = x.shape
    (top, bottom), (left, right) = margins
    if batch % (bh * bw) or top + bottom >= h * bh or left + right >= w * bw:
        raise ValueError(f"blocks of {bh} x {bw} and crops {margins} do not fit x {x.shape}")
    n = batch // (bh * bw)
    parts = x.reshape(bh, bw, n, c, h, w).transpose(2, 3, 4, 0, 5, 1)
    return parts.reshape(n, c, h * bh, w * bw)[:, :, top : h * bh - bottom, left : w * bw - right]
