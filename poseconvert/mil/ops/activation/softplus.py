"""MIL op ``softplus``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, Facts, op, tensor


@op("softplus", since="CoreML5", facts=Facts(largest_x=10.4))
def softplus(*, x: Array) -> Array:
    """``y = log(1 + exp(x))``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``softplus``.
    """
    return F.softplus(tensor(x)).numpy()
