"""MIL op ``range_1d``, of family ``tensor_operation``."""

from __future__ import annotations

from math import ceil, isfinite

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op


@op("range_1d", since="CoreML5")
def range_1d(*, end: Array | float, start: Array | float, step: Array | float) -> Array:
    """``y[i] = start + i * step`` for all ``i`` that stay before ``end``.

    Shapes
    ------
    All: scalar; result: [``ceil((end - start) / step)``], the quotient in float32 for floats.

    Raises
    ------
    ValueError
        ``step`` is 0, a number is not finite, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``range_1d``.
    """
    if not step:
        raise ValueError("a range with step 0 has no end")
    if np.result_type(start, end, step).kind in "iu":
        whole = range(int(start), int(end), int(step))
        bounded((len(whole),))
        return np.arange(whole.start, whole.stop, whole.step, dtype=np.int32)
    quotient = float((np.float32(end) - np.float32(start)) / np.float32(step))
    if not isfinite(quotient):
        raise ValueError(f"a range from {start} to {end} by {step} has no length")
    (count,) = bounded((max(0, ceil(quotient)),))
    return (float(start) + float(step) * np.arange(count)).astype(np.float32)
