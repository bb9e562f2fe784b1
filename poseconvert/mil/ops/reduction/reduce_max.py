"""MIL op ``reduce_max``, of family ``reduction``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.reduction.axes import (
    reduce_over,
)
from poseconvert.mil.ops.shared import Array, op


@op("reduce_max", since="CoreML5")
def reduce_max(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the largest of ``x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_max``.
    """
    return reduce_over(torch.amax, x, axes, keep_dims)
