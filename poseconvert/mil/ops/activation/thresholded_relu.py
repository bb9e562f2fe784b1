"""MIL op ``thresholded_relu``, of family ``activation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op, tensor


@op("thresholded_relu", since="CoreML5")
def thresholded_relu(*, x: Array, alpha: Array) -> Array:
    """``y = x`` where ``x >= alpha``, else 0.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``thresholded_relu``.
    """
    return tensor(x).masked_fill(tensor(x) < float(alpha), 0).numpy()
