"""MIL op ``floor``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("floor", since="CoreML5")
def floor(*, x: Array) -> Array:
    """``y`` is the largest whole number not above ``x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``floor``.
    """
    return np.floor(x)
