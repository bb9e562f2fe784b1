"""MIL op ``instance_norm``, of family ``normalization``."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.shared import Array, Facts, op, optional_tensor, tensor


@op("instance_norm", since="CoreML5", facts=Facts(fresh=True))
def instance_norm(
    *, x: Array, gamma: Array | None = None, beta: Array | None = None, epsilon: float = 1e-5
) -> Array:
    """``y = gamma[c] * (x - mean) / sqrt(var + epsilon) + beta[c]`` over each channel's plane.

    Shapes
    ------
    ``x``: [N, C, 1 or more spatial]; ``gamma``, ``beta``: [C]; the result is shaped as ``x``.

    Raises
    ------
    ValueError, RuntimeError
        ``x`` has no spatial dimension, or a parameter does not have C elements.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``instance_norm``; the variance is the
    population's.
    """
    if x.ndim < 3:
        raise ValueError(f"x {x.shape} has no spatial dimension")
    groups, scale, shift = x.shape[1], optional_tensor(gamma), optional_tensor(beta)
    return torch.group_norm(tensor(x), groups, scale, shift, float(epsilon)).numpy()
