"""MIL op ``logical_or``, of family ``elementwise_binary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast
from poseconvert.mil.ops.shared import Array, op


@op("logical_or", since="CoreML5")
def logical_or(*, x: Array, y: Array) -> Array:
    """``z`` is whether ``x`` or ``y`` or both hold.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``logical_or``.
    """
    return broadcast(torch.logical_or, x, y)
