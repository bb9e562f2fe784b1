"""MIL op ``reduce_mean``, of family ``reduction``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.reduction.axes import (
    as_real,
    back_from_real,
    reduce_over,
    reduce_sum_in_fp16,
)
from poseconvert.mil.ops.shared import Array, Facts, op


def reduce_mean_in_fp16(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """Sum in fp16, then divide by the number of terms."""
    total = reduce_sum_in_fp16(x=x, axes=axes, keep_dims=keep_dims)
    return total / np.float32(max(1, x.size // max(1, total.size)))


@op("reduce_mean", since="CoreML5", facts=Facts(in_fp16=reduce_mean_in_fp16))
def reduce_mean(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the mean of ``x`` over ``axes``; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_mean``.
    """
    return back_from_real(x, reduce_over(torch.mean, as_real(x), axes, keep_dims))
