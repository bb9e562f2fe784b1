"""MIL op ``reverse``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("reverse", since="CoreML5")
def reverse(*, x: Array, axes: Array | None = None) -> Array:
    """``y[..., i, ...] = x[..., size - 1 - i, ...]`` along each of ``axes``, or along all.

    Shapes
    ------
    ``x``: any, the result has the same; ``axes``: [n].

    Raises
    ------
    ValueError
        ``x`` has no such axis, or an axis repeats.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``reverse``.
    """
    return np.flip(x, None if axes is None else tuple(integers(axes)))
