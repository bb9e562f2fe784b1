"""MIL op ``ceil``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("ceil", since="CoreML5")
def ceil(*, x: Array) -> Array:
    """``y`` is the smallest whole number not below ``x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``ceil``.
    """
    return np.ceil(x)
