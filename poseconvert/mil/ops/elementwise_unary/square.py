"""MIL op ``square``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("square", since="CoreML5")
def square(*, x: Array) -> Array:
    """``y = x * x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``square``.
    """
    return np.square(x)
