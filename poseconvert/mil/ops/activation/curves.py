"""MIL op family ``activation``: smooth functions, and ``softmax``."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import tensor


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


@op("softsign", since="CoreML5")
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


@op("scaled_tanh", since="CoreML5")
def scaled_tanh(*, x: Array, alpha: Array, beta: Array) -> Array:
    """``y = alpha * tanh(beta * x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/activation.py, ``scaled_tanh``.
    """
    return (tensor(x) * float(beta)).tanh_().mul_(float(alpha)).numpy()


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
