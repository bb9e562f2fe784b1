"""MIL op ``split``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("split", since="CoreML5")
def split(
    *, x: Array, axis: int, num_splits: int | None = None, split_sizes: Array | None = None
) -> tuple[Array, ...]:
    """``y_0, y_1, ...`` are consecutive parts of ``x`` along ``axis``.

    Shapes
    ------
    ``x``: any; results: shaped as ``x`` but for ``axis``, where they have ``split_sizes`` or equal
    shares.

    Raises
    ------
    ValueError
        The parts do not add up to ``x``, or neither number nor sizes are given.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``split``.
    """
    if split_sizes is None:
        if num_splits is None or not 0 < num_splits <= x.shape[axis]:
            raise ValueError(f"x {x.shape} cannot be split into {num_splits} parts")
        return tuple(np.split(x, num_splits, axis))
    sizes = integers(split_sizes)
    if min(sizes) < 0 or sum(sizes) != x.shape[axis] or num_splits not in (None, len(sizes)):
        raise ValueError(f"split_sizes {sizes}, num_splits {num_splits} do not fit x {x.shape}")
    return tuple(np.split(x, np.cumsum(sizes)[:-1].tolist(), axis))
