"""MIL op ``abs``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.executor.registry import op
from poseconvert.mil.package.program import Array


@op("abs", since="CoreML5")
def abs(*, x: Array) -> Array:
    """``y = |x|``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``abs``.
    """
    return np.abs(x)
