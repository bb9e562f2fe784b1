"""MIL op ``cosh``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("cosh", since="CoreML5")
def cosh(*, x: Array) -> Array:
    """``y = cosh(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``cosh``.
    """
    return torch.cosh(tensor(x)).numpy()
