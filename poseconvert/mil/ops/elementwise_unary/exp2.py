"""MIL op ``exp2``, of family ``elementwise_unary``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.shared import Array, op, saturated, tensor


@op("exp2", since="CoreML5")
def exp2(*, x: Array) -> Array:
    """``y = 2 ** x``; integers lose the fraction and saturate.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``exp2``.
    """
    x = np.asarray(x)
    powers = torch.exp2(tensor(x)).numpy()
    return powers if x.dtype.kind == "f" else saturated(powers, "int32")
