"""MIL op ``argsort``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_operation.sorting import sorted_order


@op("argsort", since="CoreML5")
def argsort(*, x: Array, axis: int = -1, ascending: bool = False) -> Array:
    """``x[y[0]] >= x[y[1]] >= ...`` along ``axis``, or ``<=`` when ``ascending``.

    Core ML does not say in which order equal elements come; here the first comes first.

    Shapes
    ------
    ``x``: any; result: the same, int32.

    Raises
    ------
    ValueError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``argsort``.
    """
    return sorted_order(x, axis, ascending).astype(np.int32)
