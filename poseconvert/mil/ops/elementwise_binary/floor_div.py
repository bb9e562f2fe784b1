"""MIL op ``floor_div``, of family ``elementwise_binary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.elementwise_binary.broadcasting import check_broadcast
from poseconvert.mil.ops.shared import Array, op


@op("floor_div", since="CoreML5")
def floor_div(*, x: Array, y: Array) -> Array:
    """``z = floor(x / y)``; an integer divided by 0 gives 0.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``floor_div``.
    """
    check_broadcast(x, y)
    return np.asarray(np.floor_divide(x, y))
