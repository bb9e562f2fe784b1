"""MIL op ``tanh``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, Facts, op, tensor


@op("tanh", since="CoreML5", facts=Facts(curve=True))
def tanh(*, x: Array) -> Array:
    """``y = tanh(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``tanh``.
    """
    return torch.tanh(tensor(x)).numpy()
