"""MIL op ``pixel_shuffle``, of family ``tensor_transformation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_transformation.blocks import check_blocks


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
    check_blocks(x, f, x.shape[1:2], f * f)
    n, channels, h, w = x.shape
    parts = x.reshape(n, channels // (f * f), f, f, h, w)
    return parts.transpose(0, 1, 4, 2, 5, 3).reshape(n, channels // (f * f), h * f, w * f)
