"""MIL op ``abs``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


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
