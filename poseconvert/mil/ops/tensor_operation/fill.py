"""MIL op ``fill``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, integers, op
from poseconvert.mil.ops.tensor_operation.filling import in_carrier


@op("fill", since="CoreML5")
def fill(*, shape: Array, value: Array | float = 0.0) -> Array:
    """``y = value`` everywhere.

    Shapes
    ------
    ``shape``: [rank of the result]; ``value``: scalar.

    Raises
    ------
    ValueError
        A size is negative, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``fill``.
    """
    return np.full(bounded(integers(shape)), in_carrier(value))
