"""MIL op ``mod``, of family ``elementwise_binary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.elementwise_binary.broadcasting import check_broadcast
from poseconvert.mil.ops.shared import Array, op


@op("mod", since="CoreML5")
def mod(*, x: Array, y: Array) -> Array:
    """``z = x - floor(x / y) * y``, signed as ``y``; an integer modulo 0 gives 0.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``mod``.
    """
    check_broadcast(x, y)
    return np.asarray(np.mod(x, y))
