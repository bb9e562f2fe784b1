"""MIL op ``depth_to_space``, of family ``tensor_transformation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_transformation.blocks import check_blocks


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
    check_blocks(x, b, x.shape[1:2], b * b)
    n, channels, h, w = x.shape
    parts = x.reshape(n, b, b, channels // (b * b), h, w)
    return parts.transpose(0, 3, 4, 1, 5, 2).reshape(n, channels // (b * b), h * b, w * b)
