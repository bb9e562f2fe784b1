"""MIL op family ``reduction``: over several axes, or all; integers wrap, or are cut where real."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import integers, saturated, tensor


def _reduce(
    reduction: Callable[..., torch.Tensor], x: Array, axes: Array | None, keep_dims: bool
) -> Array:
    """Apply a torch reduction over the axes, or over all of them."""
    x = np.asarray(x)
    dims = list(range(x.ndim)) if axes is None else integers(axes)
    if not dims:
        return x
    return reduction(tensor(x), dim=dims, keepdim=keep_dims).numpy()


def _real(x: Array) -> Array:
    """Integers as float64, for functions that leave the integers."""
    x = np.asarray(x)
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _as(x: Array, real: Array) -> Array:
    """Bring a real result back to the integers when ``x`` holds integers."""
    return real if np.asarray(x).dtype.kind == "f" else saturated(real, "int32")


@op("reduce_sum", since="CoreML5")
def reduce_sum(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the sum of ``x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_sum``.
    """
    return _reduce(torch.sum, x, axes, keep_dims)


@op("reduce_mean", since="CoreML5")
def reduce_mean(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the mean of ``x`` over ``axes``; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_mean``.
    """
    return _as(x, _reduce(torch.mean, _real(x), axes, keep_dims))


@op("reduce_max", since="CoreML5")
def reduce_max(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the largest of ``x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_max``.
    """
    return _reduce(torch.amax, x, axes, keep_dims)


@op("reduce_min", since="CoreML5")
def reduce_min(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the smallest of ``x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_min``.
    """
    return _reduce(torch.amin, x, axes, keep_dims)


@op("reduce_prod", since="CoreML5")
def reduce_prod(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the product of ``x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_prod``.
    """
    x = np.asarray(x)
    dims = range(x.ndim) if axes is None else integers(axes)
    return np.asarray(np.prod(x, axis=tuple(dims), keepdims=keep_dims))


@op("reduce_l1_norm", since="CoreML5")
def reduce_l1_norm(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = sum of |x|`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_l1_norm``.
    """
    return _reduce(torch.sum, np.abs(x), axes, keep_dims)


@op("reduce_l2_norm", since="CoreML5")
def reduce_l2_norm(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = sqrt(sum of x * x)`` over ``axes``; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_l2_norm``.
    """
    squares = _reduce(torch.sum, np.square(_real(x)), axes, keep_dims)
    return _as(x, np.sqrt(squares))


@op("reduce_sum_square", since="CoreML5")
def reduce_sum_square(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = sum of x * x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_sum_square``.
    """
    return _reduce(torch.sum, np.square(x), axes, keep_dims)


@op("reduce_log_sum", since="CoreML5")
def reduce_log_sum(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = log(sum of x)`` over ``axes``; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_log_sum``.
    """
    return _as(x, np.log(_reduce(torch.sum, _real(x), axes, keep_dims)))


@op("reduce_log_sum_exp", since="CoreML5")
def reduce_log_sum_exp(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y = log(sum of exp(x))`` over ``axes``, safe from overflow; integers lose the fraction.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_log_sum_exp``.
    """
    return _as(x, _reduce(torch.logsumexp, _real(x), axes, keep_dims))
