"""MIL op ``clamped_relu``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, op, tensor


@op("clamped_relu", since="CoreML5")
def clamped_relu(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(beta, x)`` where ``x >= 0``, else ``min(beta, alpha * x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``clamped_relu``.
    """
    return F.leaky_relu(tensor(x), float(alpha)).clamp_(max=float(beta)).numpy()
