"""MIL op ``rsqrt``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("rsqrt", since="CoreML5")
def rsqrt(*, x: Array, epsilon: float = 1e-12) -> Array:
    """``y = 1 / sqrt(x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``rsqrt``.
    """
    return np.float32(1) / np.sqrt(x + np.float32(epsilon))
