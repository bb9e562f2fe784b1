"""MIL op ``cos``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("cos", since="CoreML5")
def cos(*, x: Array) -> Array:
    """``y = cos(x)``, ``x`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``cos``.
    """
    return torch.cos(tensor(x)).numpy()
