"""MIL op ``inverse``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("inverse", since="CoreML5")
def inverse(*, x: Array, epsilon: float = 1e-4) -> Array:
    """``y = 1 / (x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``inverse``.
    """
    return np.float32(1) / (x + np.float32(epsilon))
