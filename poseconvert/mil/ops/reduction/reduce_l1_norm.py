"""MIL op ``reduce_l1_norm``, of family ``reduction``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.reduction.axes import (
    reduce_over,
)
from poseconvert.mil.ops.shared import Array, op


@op("reduce_l1_norm", since="CoreML5")
def reduce_l1_norm(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = sum of |x|`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_l1_norm``.
    """
    return reduce_over(torch.sum, np.abs(x), axes, keep_dims)
