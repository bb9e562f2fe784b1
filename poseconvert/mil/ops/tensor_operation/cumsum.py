"""MIL op ``cumsum``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("cumsum", since="CoreML5")
def cumsum(*, x: Array, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Array:
    """``y[i] = x[0] + ... + x[i]`` along ``axis``.

    ``exclusive`` leaves ``x[i]`` out, so that the first sum is 0; ``reverse`` sums from the end.
    Integers wrap around.

    Shapes
    ------
    ``x``: any; the result has the same.

    Raises
    ------
    ValueError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``cumsum``.
    """
    ordered = np.flip(x, axis) if reverse else x
    sums = np.cumsum(ordered, axis=axis, dtype=x.dtype)
    if exclusive:
        sums = np.roll(sums, 1, axis)
        sums[(slice(None),) * (axis % x.ndim) + (slice(0, 1),)] = 0
    return np.flip(sums, axis) if reverse else sums
