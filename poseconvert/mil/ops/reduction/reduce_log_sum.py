"""MIL op ``reduce_log_sum``, of family ``reduction``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.reduction.axes import (
    as_real,
    back_from_real,
    reduce_over,
)
from poseconvert.mil.ops.shared import Array, op


@op("reduce_log_sum", since="CoreML5")
def reduce_log_sum(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = log(sum of x)`` over ``axes``; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_log_sum``.
    """
    return back_from_real(x, np.log(reduce_over(torch.sum, as_real(x), axes, keep_dims)))
