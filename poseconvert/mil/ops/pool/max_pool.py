"""MIL op ``max_pool``, of family ``pool``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.pool.pooling import pad_to_reach, reduce_windows, window_reach
from poseconvert.mil.ops.shared import Array, Facts, op
from poseconvert.mil.ops.shared.doubts import doubt_padding
from poseconvert.mil.ops.shared.windows import pool_windows


@op("max_pool", since="CoreML5", facts=Facts(doubts=doubt_padding))
def max_pool(
    *,
    x: Array,
    kernel_sizes: Array,
    pad_type: str,
    strides: Array | None = None,
    pad: Array | None = None,
    ceil_mode: bool = False,
) -> Array:
    """``y`` is the largest of ``x`` in each window; padding never wins.

    Shapes
    ------
    ``x``: [N, C, 1 to 3 spatial]; result: [N, C, windows], see ``avg_pool``.

    Raises
    ------
    ValueError
        Kernel, strides or padding do not fit ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/pool.py, ``max_pool``.
    """
    windows = pool_windows(
        x.shape[2:],
        kernel_sizes,
        strides=strides,
        pad_type=pad_type,
        pad=pad,
        ceil_mode=ceil_mode,
    )
    padded = pad_to_reach(x, window_reach(x, windows), -torch.inf)
    return reduce_windows(torch.maximum, torch.amax, padded, windows).numpy()
