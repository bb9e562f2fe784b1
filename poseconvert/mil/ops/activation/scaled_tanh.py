"""MIL op ``scaled_tanh``, of family ``activation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op, tensor


@op("scaled_tanh", since="CoreML5")
def scaled_tanh(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = alpha * tanh(beta * x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``scaled_tanh``.
    """
    return (tensor(x) * float(beta)).tanh_().mul_(float(alpha)).numpy()
