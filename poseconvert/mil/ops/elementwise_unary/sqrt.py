"""MIL op ``sqrt``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.executor.registry import op
from poseconvert.mil.package.program import Array


@op("sqrt", since="CoreML5")
def sqrt(*, x: Array) -> Array:
    """``y = x ** 0.5``; negative numbers give NaN.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sqrt``.
    """
    return np.sqrt(x)
