"""MIL op ``atan``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.executor.registry import op
from poseconvert.mil.executor.tensors import tensor
from poseconvert.mil.package.program import Array


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
