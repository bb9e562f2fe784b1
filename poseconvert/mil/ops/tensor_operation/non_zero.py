"""MIL op ``non_zero``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op


@op("non_zero", since="CoreML5")
def non_zero(*, x: Array) -> Array:
    """``y`` lists the places where ``x != 0``, in row-major order; NaN counts as one.

    Shapes
    ------
    ``x``: any; result: [places, rank of x], int32.

    Raises
    ------
    ValueError
        There are too many places.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``non_zero``.
    """
    bounded((int(np.count_nonzero(x)), max(np.ndim(x), 1)))
    return np.argwhere(x).astype(np.int32)
