"""MIL op ``reduce_l2_norm``, of family ``reduction``."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.reduction.axes import (
    as_real,
    back_from_real,
    reduce_over,
)
from poseconvert.mil.ops.shared import Array, op


@op("reduce_l2_norm", since="CoreML5")
def reduce_l2_norm(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = sqrt(sum of x * x)`` over ``axes``; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_l2_norm``.
    """
    squares = reduce_over(torch.sum, np.square(as_real(x)), axes, keep_dims)
    return back_from_real(x, np.sqrt(squares))
