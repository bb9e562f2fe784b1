"""MIL op ``reduce_sum_square``, of family ``reduction``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.reduction.axes import (
    reduce_over,
)
from poseconvert.mil.ops.shared import Array, op


@op("reduce_sum_square", since="CoreML5")
def reduce_sum_square(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = sum of x * x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_sum_square``.
    """
    return reduce_over(torch.sum, np.square(x), axes, keep_dims)
