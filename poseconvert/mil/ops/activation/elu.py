"""MIL op ``elu``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, op, tensor


@op("elu", since="CoreML5")
def elu(*, x: Array, alpha: Array) -> Array:
    """``y = x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``elu``.
    """
    return F.elu(tensor(x), float(alpha)).numpy()
