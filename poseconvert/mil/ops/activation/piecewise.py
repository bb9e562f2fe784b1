"""MIL op family ``activation``: functions made of straight lines."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import tensor


@op("relu", since="CoreML5")
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


@op("relu6", since="CoreML5")
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


@op("leaky_relu", since="CoreML5")
def leaky_relu(*, x: Array, alpha: Array) -> Array:
    """``y = x`` where ``x >= 0``, else ``alpha * x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``leaky_relu``.
    """
    return F.leaky_relu(tensor(x), float(alpha)).numpy()


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


@op("clamped_relu", since="CoreML5")
def clamped_relu(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(beta, x)`` where ``x >= 0``, else ``min(beta, alpha * x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``clamped_relu``.
    """
    return F.leaky_relu(tensor(x), float(alpha)).clamp_(max=float(beta)).numpy()


@op("thresholded_relu", since="CoreML5")
def thresholded_relu(*, x: Array, alpha: Array) -> Array:
    """``y = x`` where ``x >= alpha``, else 0.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``thresholded_relu``.
    """
    return tensor(x).masked_fill(tensor(x) < float(alpha), 0).numpy()


@op("linear_activation", since="CoreML5")
def linear_activation(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = alpha * x + beta``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``linear_activation``.
    """
    return (tensor(x) * float(alpha)).add_(float(beta)).numpy()


@op("sigmoid_hard", since="CoreML5")
def sigmoid_hard(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = min(max(alpha * x + beta, 0), 1)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``sigmoid_hard``.
    """
    return (tensor(x) * float(alpha)).add_(float(beta)).clamp_(0, 1).numpy()
