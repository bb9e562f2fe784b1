"""MIL op ``tan``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("tan", since="CoreML5")
def tan(*, x: Array) -> Array:
    """``y = tan(x)``, ``x`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``tan``.
    """
    return torch.tan(tensor(x)).numpy()
