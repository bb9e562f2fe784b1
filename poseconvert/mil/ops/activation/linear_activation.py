"""MIL op ``linear_activation``, of family ``activation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op, tensor


@op("linear_activation", since="CoreML5")
def linear_activation(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = alpha * x + beta``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``linear_activation``.
    """
    return (tensor(x) * float(alpha)).add_(float(beta)).numpy()
