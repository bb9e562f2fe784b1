"""MIL op ``sign``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("sign", since="CoreML5")
def sign(*, x: Array) -> Array:
    """``y`` is -1, 0 or 1 as ``x`` is below, at or above 0.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sign``.
    """
    return np.sign(x)
