"""MIL op ``pow``, of family ``elementwise_binary``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast, check_broadcast
from poseconvert.mil.ops.shared import Array, op


@op("pow", since="CoreML5")
def pow(*, x: Array, y: Array) -> Array:
    """``z = x ** y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast, or an integer has a negative exponent.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``pow``.
    """
    if np.asarray(x).dtype.kind == "f":
        return broadcast(torch.pow, x, y)
    check_broadcast(x, y)
    return np.asarray(np.power(x, y))
