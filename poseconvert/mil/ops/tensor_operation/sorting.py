"""The order of elements along an axis, for ops that sort."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array


def sorted_order(x: Array, axis: int, ascending: bool) -> Array:
    """Sort stably; a descending order is an ascending one of the reversed elements, read back."""
    if ascending:
        return np.argsort(x, axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis, kind="stable")
    last: int = x.shape[axis] - 1
    return np.asarray(last - np.flip(backwards, axis))
