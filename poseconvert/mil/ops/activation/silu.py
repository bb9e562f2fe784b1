"""MIL op ``silu``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, Facts, op, tensor


@op("silu", since="CoreML5", facts=Facts(fresh=True, curve=True))
def silu(*, x: Array) -> Array:
    """``y = x * sigmoid(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``silu``.
    """
    return F.silu(tensor(x)).numpy()
