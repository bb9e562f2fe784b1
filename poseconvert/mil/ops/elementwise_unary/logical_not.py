"""MIL op ``logical_not``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("logical_not", since="CoreML5")
def logical_not(*, x: Array) -> Array:
    """``y = not x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``logical_not``.
    """
    return np.logical_not(x)
