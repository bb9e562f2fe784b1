"""MIL op ``shape``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("shape", since="CoreML5")
def shape(*, x: Array) -> Array:
    """``y`` is the shape of ``x``.

    Shapes
    ------
    ``x``: any shape; result: [rank of x], int32.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``shape``.
    """
    return np.array(np.shape(x), np.int32)
