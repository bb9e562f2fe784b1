"""MIL op ``sigmoid_hard``, of family ``activation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op, tensor


@op("sigmoid_hard", since="CoreML5")
def sigmoid_hard(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(max(alpha * x + beta, 0), 1)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``sigmoid_hard``.
    """
    return (tensor(x) * float(alpha)).add_(float(beta)).clamp_(0, 1).numpy()
