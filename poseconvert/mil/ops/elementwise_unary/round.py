"""MIL op ``round``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("round", since="CoreML5")
def round(*, x: Array) -> Array:
    """``y`` is the whole number nearest to ``x``, ties to even.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``round``.
    """
    return np.rint(x)
