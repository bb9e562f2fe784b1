"""Sizes after upsampling, for both ops that upsample."""

from __future__ import annotations

from math import floor

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded


def scaled_sizes(
    x: Array, height_factor: float, width_factor: float
) -> tuple[list[int], list[int]]:
    """Height and width before and after."""
    if x.ndim < 3:
        raise ValueError(f"x {x.shape} has rank {x.ndim}, expected 3 or more")
    factors = (height_factor, width_factor)
    outs = [
        floor(size * np.float32(factor)) for size, factor in zip(x.shape[-2:], factors, strict=True)
    ]
    bounded([*x.shape[:-2], *outs])
    if min(outs) < 1:
        raise ValueError(f"x {x.shape} scaled by {factors} is empty")
    return list(x.shape[-2:]), outs
