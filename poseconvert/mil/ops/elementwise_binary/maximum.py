"""MIL op ``maximum``, of family ``elementwise_binary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast
from poseconvert.mil.ops.shared import Array, op


@op("maximum", since="CoreML5")
def maximum(*, x: Array, y: Array) -> Array:
    """``z = max(x, y)``; NaN wins.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``maximum``.
    """
    return broadcast(torch.maximum, x, y)
