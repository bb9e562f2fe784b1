"""MIL op ``reduce_sum``, of family ``reduction``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.reduction.axes import (
    reduce_over,
    reduce_sum_in_fp16,
)
from poseconvert.mil.ops.shared import Array, Facts, op


@op("reduce_sum", since="CoreML5", facts=Facts(in_fp16=reduce_sum_in_fp16))
def reduce_sum(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the sum of ``x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_sum``.
    """
    return reduce_over(torch.sum, x, axes, keep_dims)
