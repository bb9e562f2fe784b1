"""MIL op ``space_to_depth``, of family ``tensor_transformation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_transformation.blocks import check_blocks


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
    check_blocks(x, b, x.shape[2:], b)
    n, c, height, width = x.shape
    parts = x.reshape(n, c, height // b, b, width // b, b)
    return parts.transpose(0, 3, 5, 1, 2, 4).reshape(n, c * b * b, height // b, width // b)
