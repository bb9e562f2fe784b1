"""MIL op ``acos``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("acos", since="CoreML5")
def acos(*, x: Array) -> Array:
    """``y = acos(x)`` in radians; NaN outside [-1, 1].

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``acos``.
    """
    return torch.acos(tensor(x)).numpy()
