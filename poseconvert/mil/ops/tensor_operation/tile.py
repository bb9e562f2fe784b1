"""MIL op ``tile``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, integers, op


@op("tile", since="CoreML5")
def tile(*, x: Array, reps: Array) -> Array:
    """``y`` is ``x`` repeated ``reps[i]`` times along dimension ``i``.

    Shapes
    ------
    ``x``: any; ``reps``: [rank of x]; result: the product of both.

    Raises
    ------
    ValueError
        ``reps`` is not one positive number per dimension, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``tile``.
    """
    counts = integers(reps)
    if len(counts) != x.ndim or min(counts, default=1) < 1:
        raise ValueError(f"reps {counts} do not fit x {x.shape}")
    bounded([size * count for size, count in zip(x.shape, counts, strict=True)])
    return np.tile(x, counts)
