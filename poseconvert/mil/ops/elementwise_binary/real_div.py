"""MIL op ``real_div``, of family ``elementwise_binary``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast, check_broadcast
from poseconvert.mil.ops.shared import Array, op, saturated


@op("real_div", since="CoreML5")
def real_div(*, x: Array, y: Array) -> Array:
    """``z = x / y``; integers lose the fraction and saturate.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``real_div``.
    """
    if np.asarray(x).dtype.kind == "f":
        return broadcast(torch.true_divide, x, y)
    check_broadcast(x, y)
    return saturated(np.true_divide(x, y), "int32")
