"""MIL op ``prelu``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, op, tensor


@op("prelu", since="CoreML5")
def prelu(*, x: Array, alpha: Array) -> Array:
    """``y = x`` where ``x > 0``, else ``alpha[c] * x``.

    Shapes
    ------
    ``x``: [N, C, 1 to 3 spatial]; ``alpha``: [C]; the result is shaped as ``x``.

    Raises
    ------
    ValueError
        ``alpha`` does not have one number per channel.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``prelu``.
    """
    if x.ndim < 3 or alpha.shape != (x.shape[1],):
        raise ValueError(f"alpha {alpha.shape} does not fit the channels of x {x.shape}")
    return F.prelu(tensor(x), tensor(alpha)).numpy()
