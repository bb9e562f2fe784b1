"""MIL op family ``normalization``."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import integers, optional_tensor, tensor


@op("batch_norm", since="CoreML5")
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


@op("instance_norm", since="CoreML5")
def instance_norm(
    *, x: Array, gamma: Array | None = None, beta: Array | None = None, epsilon: float = 1e-5
) -> Array:
    """``y = gamma[c] * (x - mean) / sqrt(var + epsilon) + beta[c]`` over each channel's plane.

    Shapes
    ------
    ``x``: [N, C, 1 or 2 spatial]; ``gamma``, ``beta``: [C]; the result is shaped as ``x``.

    Raises
    ------
    RuntimeError
        A parameter does not have C elements.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``instance_norm``; the variance is the
    population's.
    """
    channels = (1, -1, *[1] * (x.ndim - 2))
    scale = None if gamma is None else tensor(gamma).reshape(channels)
    shift = None if beta is None else tensor(beta).reshape(channels)
    return _normalize(tensor(x), list(range(2, x.ndim)), scale, shift, float(epsilon)).numpy()


@op("layer_norm", since="CoreML5")
def layer_norm(
    *,
    x: Array,
    axes: Array | None = None,
    gamma: Array | None = None,
    beta: Array | None = None,
    epsilon: float = 1e-5,
) -> Array:
    """``y = gamma * (x - mean) / sqrt(var + epsilon) + beta`` over ``axes``, or over all of them.

    Shapes
    ------
    ``x``: any shape; ``gamma``, ``beta``: the sizes of ``x`` along ``axes``; the result is shaped
    as ``x``.

    Raises
    ------
    IndexError, RuntimeError
        ``x`` has no such axis, or a parameter does not have the sizes along them.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``layer_norm``; the variance is the
    population's.
    """
    dims = [d % x.ndim for d in (integers(axes) if axes is not None else range(x.ndim))]
    spread = [size if d in dims else 1 for d, size in enumerate(x.shape)]
    scale = None if gamma is None else tensor(gamma).reshape(spread)
    shift = None if beta is None else tensor(beta).reshape(spread)
    return _normalize(tensor(x), dims, scale, shift, float(epsilon)).numpy()


def _normalize(
    x: torch.Tensor,
    dims: list[int],
    scale: torch.Tensor | None,
    shift: torch.Tensor | None,
    epsilon: float,
) -> torch.Tensor:
    variance, mean = torch.var_mean(x, dim=dims, correction=0, keepdim=True)
    out = (x - mean) / torch.sqrt(variance + epsilon)
    out = out if scale is None else out * scale
    return out if shift is None else out + shift
