"""MIL op ``sin``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("sin", since="CoreML5")
def sin(*, x: Array) -> Array:
    """``y = sin(x)``, ``x`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sin``.
    """
    return torch.sin(tensor(x)).numpy()
