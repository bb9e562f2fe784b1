"""MIL op ``sub``, of family ``elementwise_binary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast
from poseconvert.mil.ops.shared import Array, Facts, op


@op("sub", since="CoreML5", facts=Facts(fresh=True))
def sub(*, x: Array, y: Array) -> Array:
    """``z = x - y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``sub``.
    """
    return broadcast(torch.sub, x, y)
