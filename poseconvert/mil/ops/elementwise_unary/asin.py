"""MIL op ``asin``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("asin", since="CoreML5")
def asin(*, x: Array) -> Array:
    """``y = asin(x)`` in radians; NaN outside [-1, 1].

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``asin``.
    """
    return torch.asin(tensor(x)).numpy()
