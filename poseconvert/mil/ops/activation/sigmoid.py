"""MIL op ``sigmoid``, of family ``activation``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, Facts, op, tensor


@op("sigmoid", since="CoreML5", facts=Facts(fresh=True, curve=True, plateau=(6.0, 8.32)))
def sigmoid(*, x: Array) -> Array:
    """``y = 1 / (1 + exp(-x))``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``sigmoid``.
    """
    return torch.sigmoid(tensor(x)).numpy()
