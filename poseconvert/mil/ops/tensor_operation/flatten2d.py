"""MIL op ``flatten2d``, of family ``tensor_operation``."""

from __future__ import annotations

from math import prod

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("flatten2d", since="CoreML5")
def flatten2d(*, x: Array, axis: int = 1) -> Array:
    """``y`` is ``x`` as a matrix: dimensions before ``axis`` are rows, the others columns.

    Shapes
    ------
    ``x``: any; result: [product of sizes before axis, product of the others].

    Raises
    ------
    ValueError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``flatten2d``.
    """
    if not -x.ndim <= axis <= x.ndim:
        raise ValueError(f"axis {axis} is outside x {x.shape}")
    cut = axis + x.ndim if axis < 0 else axis
    return np.reshape(x, (prod(x.shape[:cut]), prod(x.shape[cut:])))
