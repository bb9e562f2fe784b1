"""MIL op ``sinh``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, op, tensor


@op("sinh", since="CoreML5")
def sinh(*, x: Array) -> Array:
    """``y = sinh(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sinh``.
    """
    return torch.sinh(tensor(x)).numpy()
