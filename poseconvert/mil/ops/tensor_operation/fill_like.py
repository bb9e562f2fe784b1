"""MIL op ``fill_like``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_operation.filling import in_carrier


@op("fill_like", since="CoreML6")
def fill_like(*, ref_tensor: Array, value: Array | float = 0.0) -> Array:
    """``y = value`` everywhere; the dtype is that of ``value``, not of ``ref_tensor``.

    Shapes
    ------
    ``ref_tensor``: any; the result has the same. ``value``: scalar.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/tensor_operation.py, ``fill_like``.
    """
    return np.full(np.shape(ref_tensor), in_carrier(value))
