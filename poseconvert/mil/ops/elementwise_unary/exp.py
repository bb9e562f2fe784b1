"""MIL op ``exp``, of family ``elementwise_unary``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, Facts, op, tensor


@op("exp", since="CoreML5", facts=Facts(largest_x=11.09))
def exp(*, x: Array) -> Array:
    """``y = e ** x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``exp``.
    """
    return torch.exp(tensor(x)).numpy()
