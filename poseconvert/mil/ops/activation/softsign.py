"""MIL op ``softsign``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, Facts, op, tensor


@op("softsign", since="CoreML5", facts=Facts(curve=True))
def softsign(*, x: Array) -> Array:
    """``y = x / (1 + |x|)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``softsign``.
    """
    return F.softsign(tensor(x)).numpy()
