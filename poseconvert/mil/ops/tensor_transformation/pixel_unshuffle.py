"""MIL op ``pixel_unshuffle``, of family ``tensor_transformation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_transformation.blocks import check_blocks


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
    check_blocks(x, f, x.shape[2:], f)
    n, c, height, width = x.shape
    parts = x.reshape(n, c, height // f, f, width // f, f)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(n, c * f * f, height // f, width // f)
