"""MIL op ``relu``, of family ``activation``."""

from __future__ import annotations

from math import inf

import torch

from poseconvert.mil.ops.shared import Array, Facts, op, tensor
from poseconvert.mil.ops.shared.doubts import doubt_bounds


@op(
    "relu",
    since="CoreML5",
    facts=Facts(fresh=True, curve=True, bounds=lambda _: (0.0, inf), doubts=doubt_bounds),
)
def relu(*, x: Array) -> Array:
    """``y = max(x, 0)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``relu``.
    """
    return torch.relu(tensor(x)).numpy()
