"""MIL op ``threshold``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("threshold", since="CoreML5")
def threshold(*, x: Array, alpha: Array) -> Array:
    """``y = max(x, alpha)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``threshold``.
    """
    return np.maximum(x, alpha)
