"""A value in the carrier of its dtype, for ops that fill."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array


def in_carrier(value: Array | float) -> Array:
    """Give a fill value the dtype in which a constant of its kind travels."""
    if isinstance(value, float):
        return np.asarray(value, np.float32)
    if isinstance(value, int) and not isinstance(value, bool):
        return np.asarray(value, np.int32)
    return np.asarray(value)
