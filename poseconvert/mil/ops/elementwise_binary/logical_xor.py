"""MIL op ``logical_xor``, of family ``elementwise_binary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast
from poseconvert.mil.ops.shared import Array, op


@op("logical_xor", since="CoreML5")
def logical_xor(*, x: Array, y: Array) -> Array:
    """``z`` is whether just one of ``x`` and ``y`` holds.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``logical_xor``.
    """
    return broadcast(torch.logical_xor, x, y)
