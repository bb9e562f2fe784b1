"""MIL op ``stack``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("stack", since="CoreML5", several=("values",))
def stack(*, values: tuple[Array, ...], axis: int) -> Array:
    """``y[..., i, ...] = values[i]``, ``i`` along the new ``axis``.

    Shapes
    ------
    ``values``: all alike; result: one dimension more, of their number.

    Raises
    ------
    ValueError
        The shapes differ, or there is no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``stack``.
    """
    return np.stack(values, axis)
