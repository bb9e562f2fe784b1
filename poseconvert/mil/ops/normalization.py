"""MIL op family ``normalization``."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers, optional_tensor, tensor


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
    ``x``: any shape; ``gamma``, ``beta``: the sizes of ``x`` along ``axes``, in the order of
    ``x``; the result is shaped as ``x``.

    Raises
    ------
    IndexError, RuntimeError
        ``x`` has no such axis, or a parameter does not have the sizes along them.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``layer_norm``; the variance is the
    population's.
    """
    dims = sorted(_axis(d, x) for d in (range(x.ndim) if axes is None else integers(axes)))
    order = [d for d in range(x.ndim) if d not in dims] + dims
    out = torch.layer_norm(
        tensor(x).permute(order),
        [x.shape[d] for d in dims],
        optional_tensor(gamma),
        optional_tensor(beta),
        float(epsilon),
    )
    return out.permute([order.index(d) for d in range(x.ndim)]).numpy()


@op("l2_norm", since="CoreML5")
def l2_norm(*, x: Array, epsilon: float = 1e-6) -> Array:
    """``y = x / sqrt(sum of x * x + epsilon)`` over the last three dimensions.

    Shapes
    ------
    ``x``: three dimensions or more; the result has the same shape.

    Raises
    ------
    ValueError
        ``x`` has fewer dimensions.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``l2_norm``.
    """
    if x.ndim < 3:
        raise ValueError(f"x {x.shape} has fewer than 3 dimensions")
    squares = tensor(x).square().sum((-3, -2, -1), keepdim=True)
    return (tensor(x) / squares.add_(float(epsilon)).sqrt_()).numpy()


@op("local_response_norm", since="CoreML5")
def local_response_norm(
    *, x: Array, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Array:
    """``y = x / (k + alpha / size * sum of x[c'] ** 2) ** beta`` over ``size`` channels around c.

    An even ``size`` takes one channel more before c than after; channels outside count as 0.

    Shapes
    ------
    ``x``: [N, C, 2 or more spatial], or [C, 2 spatial]; the result has the same shape.

    Raises
    ------
    ValueError
        ``x`` has fewer dimensions, or ``size`` is not positive or too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/normalization.py, ``local_response_norm``. It documents
    three dimensions as [N, C, 1 spatial]; its test ``iOS14/test_normalization.py`` holds only when
    the first of them is the channel, as in the older NeuralNetwork format.
    """
    if x.ndim < 3 or size < 1:
        raise ValueError(f"size {size} does not fit x {x.shape}")
    images = tensor(x[None] if x.ndim == 3 else x)
    bounded((images.shape[0], images.shape[1] + size, *images.shape[2:]))
    out = F.local_response_norm(images, size, float(alpha), float(beta), float(k))
    return out.numpy().reshape(x.shape)


def _axis(axis: int, x: Array) -> int:
    if not -x.ndim <= axis < x.ndim:
        raise IndexError(f"x {x.shape} has no axis {axis}")
    return axis % x.ndim
