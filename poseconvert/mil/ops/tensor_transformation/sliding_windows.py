"""MIL op ``sliding_windows``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op


@op("sliding_windows", since="CoreML5")
def sliding_windows(*, x: Array, axis: int, size: int, stride: int = 1) -> Array:
    """``y[..., i, j, ...] = x[..., i * stride + j, ...]``, ``i`` and ``j`` from ``axis`` on.

    Shapes
    ------
    ``x``: [A..., length, B...]; result: [A..., ``(length - size) // stride + 1``, size, B...].

    Raises
    ------
    ValueError
        ``x`` has no such axis or no such window, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``sliding_windows``.
    """
    if stride < 1 or not 1 <= size <= x.shape[axis]:
        raise ValueError(f"x {x.shape} has no windows of {size} every {stride} along axis {axis}")
    axis = axis % x.ndim
    count = (x.shape[axis] - size) // stride + 1
    bounded((*x.shape[:axis], count, size, *x.shape[axis + 1 :]))
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis)
    every = windows[(*(slice(None) for _ in range(axis)), slice(None, None, stride))]
    return np.moveaxis(every, -1, axis + 1)
