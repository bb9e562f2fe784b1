"""MIL op ``sqrt``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


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
