"""MIL op ``leaky_relu``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, op, tensor


@op("leaky_relu", since="CoreML5")
def leaky_relu(*, x: Array, alpha: Array) -> Array:
    """``y = x`` where ``x >= 0``, else ``alpha * x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``leaky_relu``.
    """
    return F.leaky_relu(tensor(x), float(alpha)).numpy()
