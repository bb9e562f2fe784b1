"""MIL op ``log``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("log", since="CoreML5")
def log(*, x: Array, epsilon: float = 1e-45) -> Array:
    """``y = log(x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``log``.
    """
    return np.log(x + np.float32(epsilon))
