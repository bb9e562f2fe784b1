"""MIL op ``relu6``, of family ``activation``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, Facts, op, tensor
from poseconvert.mil.ops.shared.doubts import doubt_bounds


@op(
    "relu6",
    since="CoreML5",
    facts=Facts(fresh=True, curve=True, bounds=lambda _: (0.0, 6.0), doubts=doubt_bounds),
)
def relu6(*, x: Array) -> Array:
    """``y = min(max(x, 0), 6)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``relu6``.
    """
    return torch.clamp(tensor(x), 0, 6).numpy()
