"""MIL op ``softplus_parametric``, of family ``activation``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, op, tensor


@op("softplus_parametric", since="CoreML5")
def softplus_parametric(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = alpha[c] * log(1 + exp(beta[c] * x))``.

    Shapes
    ------
    ``x``: [N, C, 1 or more spatial]; ``alpha``, ``beta``: [C]; the result is shaped as ``x``.

    Raises
    ------
    ValueError
        ``alpha`` or ``beta`` does not have one number per channel.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``softplus_parametric``.
    """
    if x.ndim < 3 or not alpha.shape == beta.shape == (x.shape[1],):
        raise ValueError(f"alpha {alpha.shape} and beta {beta.shape} do not fit x {x.shape}")
    channels = (-1, *[1] * (x.ndim - 2))
    scaled = tensor(x) * tensor(beta).reshape(channels)
    return F.softplus(scaled).mul_(tensor(alpha).reshape(channels)).numpy()
