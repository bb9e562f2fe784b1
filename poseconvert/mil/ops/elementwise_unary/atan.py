"""MIL op ``atan``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("atan", since="CoreML5")
def atan(*, x: Array) -> Array:
    """``y = atan(x)`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``atan``.
    """
    return torch.atan(tensor(x)).numpy()
