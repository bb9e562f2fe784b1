"""MIL op ``erf``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("erf", since="CoreML5")
def erf(*, x: Array) -> Array:
    """``y = erf(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``erf``.
    """
    return torch.erf(tensor(x)).numpy()
