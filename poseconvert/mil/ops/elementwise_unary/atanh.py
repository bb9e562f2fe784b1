"""MIL op ``atanh``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("atanh", since="CoreML5")
def atanh(*, x: Array) -> Array:
    """``y = atanh(x)``; infinite at -1 and 1, NaN beyond.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``atanh``.
    """
    return torch.atanh(tensor(x)).numpy()
