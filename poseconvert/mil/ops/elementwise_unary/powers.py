"""MIL op family ``elementwise_unary``: exponentials, logarithms, roots and the error function."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import saturated, tensor


@op("exp", since="CoreML5")
def exp(*, x: Array) -> Array:
    """``y = e ** x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``exp``.
    """
    return torch.exp(tensor(x)).numpy()


@op("exp2", since="CoreML5")
def exp2(*, x: Array) -> Array:
    """``y = 2 ** x``; integers lose the fraction and saturate.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``exp2``.
    """
    x = np.asarray(x)
    powers = torch.exp2(tensor(x)).numpy()
    return powers if x.dtype.kind == "f" else saturated(powers, "int32")


@op("log", since="CoreML5")
def log(*, x: Array, epsilon: float = 1e-45) -> Array:
    """``y = log(x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``log``.
    """
    return np.log(x + np.float32(epsilon))


@op("sqrt", since="CoreML5")
def sqrt(*, x: Array) -> Array:
    """``y = x ** 0.5``; negative numbers give NaN.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sqrt``.
    """
    return np.sqrt(x)


@op("rsqrt", since="CoreML5")
def rsqrt(*, x: Array, epsilon: float = 1e-12) -> Array:
    """``y = 1 / sqrt(x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``rsqrt``.
    """
    return np.float32(1) / np.sqrt(x + np.float32(epsilon))


@op("inverse", since="CoreML5")
def inverse(*, x: Array, epsilon: float = 1e-4) -> Array:
    """``y = 1 / (x + epsilon)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``inverse``.
    """
    return np.float32(1) / (x + np.float32(epsilon))


@op("square", since="CoreML5")
def square(*, x: Array) -> Array:
    """``y = x * x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``square``.
    """
    return np.square(x)


@op("erf", since="CoreML5")
def erf(*, x: Array) -> Array:
    """``y = erf(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``erf``.
    """
    return torch.erf(tensor(x)).numpy()
