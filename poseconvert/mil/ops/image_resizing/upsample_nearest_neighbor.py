"""MIL op ``upsample_nearest_neighbor``, of family ``image_resizing``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.image_resizing.upsampling import scaled_sizes
from poseconvert.mil.ops.shared import Array, op, tensor


@op("upsample_nearest_neighbor", since="CoreML5")
def upsample_nearest_neighbor(
    *, x: Array, scale_factor_height: float = 1, scale_factor_width: float = 1
) -> Array:
    """``y[i, j] = x[floor(i * H / H_out), floor(j * W / W_out)]``.

    Shapes
    ------
    ``x``: [..., H, W], rank 3 or more; result: [..., floor(H * factor), floor(W * factor)].

    Raises
    ------
    ValueError
        The rank is below 3, or the result would be empty or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/image_resizing.py, ``upsample_nearest_neighbor``; for
    fractional factors the source does not say which grid is used: this is PyTorch's.
    """
    sizes, outs = scaled_sizes(x, scale_factor_height, scale_factor_width)
    y = tensor(x)
    for axis, size, out in zip((-1, -2), sizes[::-1], outs[::-1], strict=True):
        y = y.index_select(axis, torch.arange(out) * size // out)
    return y.numpy()
