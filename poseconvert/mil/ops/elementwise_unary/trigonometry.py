"""MIL op family ``elementwise_unary``: circular and hyperbolic functions."""

from __future__ import annotations

import torch

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import tensor


@op("sin", since="CoreML5")
def sin(*, x: Array) -> Array:
    """``y = sin(x)``, ``x`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sin``.
    """
    return torch.sin(tensor(x)).numpy()


@op("cos", since="CoreML5")
def cos(*, x: Array) -> Array:
    """``y = cos(x)``, ``x`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``cos``.
    """
    return torch.cos(tensor(x)).numpy()


@op("tan", since="CoreML5")
def tan(*, x: Array) -> Array:
    """``y = tan(x)``, ``x`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``tan``.
    """
    return torch.tan(tensor(x)).numpy()


@op("asin", since="CoreML5")
def asin(*, x: Array) -> Array:
    """``y = asin(x)`` in radians; NaN outside [-1, 1].

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``asin``.
    """
    return torch.asin(tensor(x)).numpy()


@op("acos", since="CoreML5")
def acos(*, x: Array) -> Array:
    """``y = acos(x)`` in radians; NaN outside [-1, 1].

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``acos``.
    """
    return torch.acos(tensor(x)).numpy()


@op("atan", since="CoreML5")
def atan(*, x: Array) -> Array:
    """``y = atan(x)`` in radians.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``atan``.
    """
    return torch.atan(tensor(x)).numpy()


@op("sinh", since="CoreML5")
def sinh(*, x: Array) -> Array:
    """``y = sinh(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``sinh``.
    """
    return torch.sinh(tensor(x)).numpy()


@op("cosh", since="CoreML5")
def cosh(*, x: Array) -> Array:
    """``y = cosh(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``cosh``.
    """
    return torch.cosh(tensor(x)).numpy()


@op("tanh", since="CoreML5")
def tanh(*, x: Array) -> Array:
    """``y = tanh(x)``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``tanh``.
    """
    return torch.tanh(tensor(x)).numpy()


@op("atanh", since="CoreML5")
def atanh(*, x: Array) -> Array:
    """``y = atanh(x)``; infinite at -1 and 1, NaN beyond.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_unary.py, ``atanh``.
    """
    return torch.atanh(tensor(x)).numpy()
