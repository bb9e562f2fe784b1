"""MIL op ``reduce_log_sum_exp``, of family ``reduction``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.reduction.axes import (
    as_real,
    back_from_real,
    reduce_over,
)
from poseconvert.mil.ops.shared import Array, op


@op("reduce_log_sum_exp", since="CoreML5")
def reduce_log_sum_exp(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = log(sum of exp(x))`` over ``axes``, safe from overflow; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_log_sum_exp``.
    """
    return back_from_real(x, reduce_over(torch.logsumexp, as_real(x), axes, keep_dims))
