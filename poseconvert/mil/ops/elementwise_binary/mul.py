"""MIL op ``mul``, of family ``elementwise_binary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast
from poseconvert.mil.ops.shared import Array, Facts, op


@op("mul", since="CoreML5", facts=Facts(fresh=True))
def mul(*, x: Array, y: Array) -> Array:
    """``z = x * y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``mul``.
    """
    return broadcast(torch.mul, x, y)
