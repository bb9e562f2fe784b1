"""MIL op ``l2_pool``, of family ``pool``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.pool.pooling import pad_to_reach, reduce_windows, window_reach
from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.shared.windows import pool_windows


@op("l2_pool", since="CoreML5")
def l2_pool(
    *,
    x: Array,
    kernel_sizes: Array,
    pad_type: str,
    strides: Array | None = None,
    pad: Array | None = None,
    ceil_mode: bool = False,
) -> Array:
    """``y = sqrt(sum of x * x)`` in each window; padding adds nothing.

    Shapes
    ------
    ``x``: [N, C, 1 or 2 spatial]; result: [N, C, windows], see ``avg_pool``.

    Raises
    ------
    ValueError
        ``x`` has three spatial dimensions, or kernel, strides or padding do not fit it.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/pool.py, ``l2_pool``.
    """
    if x.ndim > 4:
        raise ValueError(f"x {x.shape} has more than 2 spatial dimensions")
    windows = pool_windows(
        x.shape[2:],
        kernel_sizes,
        strides=strides,
        pad_type=pad_type,
        pad=pad,
        ceil_mode=ceil_mode,
    )
    padded = pad_to_reach(x, window_reach(x, windows), 0)
    return reduce_windows(torch.add, torch.sum, padded.square(), windows).sqrt().numpy()
