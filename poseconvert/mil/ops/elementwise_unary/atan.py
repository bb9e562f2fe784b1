"""MIL op ``atan``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import tensor


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
