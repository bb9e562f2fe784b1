"""MIL op family ``activation``."""

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


@op("sigmoid", since="CoreML5")
def sigmoid(*, x: Array) -> Array:
    """``y = 1 / (1 + exp(-x))``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``sigmoid``.
    """
    return torch.sigmoid(tensor(x)).numpy()


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
    return torch.clamp(tensor(x) * float(alpha) + float(beta), 0, 1).numpy()


@op("silu", since="CoreML5")
def silu(*, x: Array) -> Array:
    """``y = x * sigmoid(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``silu``.
    """
    return F.silu(tensor(x)).numpy()


@op("gelu", since="CoreML5")
def gelu(*, x: Array, mode: str = "EXACT") -> Array:
    """``y = x * Phi(x)``, exact or by one of two approximations.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    ValueError
        ``mode`` is not one of EXACT, TANH_APPROXIMATION, SIGMOID_APPROXIMATION.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``gelu``.
    """
    if mode == "EXACT":
        return F.gelu(tensor(x)).numpy()
    if mode == "TANH_APPROXIMATION":
        return F.gelu(tensor(x), approximate="tanh").numpy()
    if mode == "SIGMOID_APPROXIMATION":
        return (tensor(x) * torch.sigmoid(1.702 * tensor(x))).numpy()
    raise ValueError(f'unknown mode "{mode}"')


@op("elu", since="CoreML5")
def elu(*, x: Array, alpha: Array) -> Array:
    """``y = x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``elu``.
    """
    return F.elu(tensor(x), float(alpha)).numpy()


@op("softplus", since="CoreML5")
def softplus(*, x: Array) -> Array:
    """``y = log(1 + exp(x))``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``softplus``.
    """
    return F.softplus(tensor(x)).numpy()


@op("softmax", since="CoreML5")
def softmax(*, x: Array, axis: int = -1) -> Array:
    """``y = exp(x) / sum(exp(x))`` along ``axis``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``softmax``.
    """
    return torch.softmax(tensor(x), axis).numpy()
