"""MIL op ``batch_norm``, of family ``normalization``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.shared import Array, Facts, op, optional_tensor, tensor


@op("batch_norm", since="CoreML5", facts=Facts(fresh=True))
def batch_norm(
    *,
    x: Array,
    mean: Array,
    variance: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    epsilon: float = 1e-5,
) -> Array:
    """``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta``, all per channel.

    Shapes
    ------
    ``x``: [N, C, 1 to 3 spatial]; ``mean``, ``variance``, ``gamma``, ``beta``: [C]; the result is
    shaped as ``x``.

    Raises
    ------
    RuntimeError
        A parameter does not have C elements.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``batch_norm``.
    """
    out = F.batch_norm(
        tensor(x),
        tensor(mean),
        tensor(variance),
        optional_tensor(gamma),
        optional_tensor(beta),
        eps=float(epsilon),
    )
    return out.numpy()
