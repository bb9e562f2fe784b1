"""MIL op family ``reduction``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import integers, tensor


def _reduce(
    reduction: Callable[..., torch.Tensor], x: Array, axes: Array | None, keep_dims: bool
) -> Array:
    """Apply a torch reduction over the axes, or over all of them."""
    x = np.asarray(x)
    dims = list(range(x.ndim)) if axes is None else integers(axes)
    if not dims:
        return x
    return reduction(tensor(x), dim=dims, keepdim=keep_dims).numpy()


@op("reduce_mean", since="CoreML5")
def reduce_mean(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the mean of ``x`` over ``axes``.

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
    return _reduce(_mean, x, axes, keep_dims)


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


def _mean(x: torch.Tensor, *, dim: list[int], keepdim: bool) -> torch.Tensor:
    """Mean that integers have too: in float64, cut when stored."""
    return torch.mean(x if x.is_floating_point() else x.double(), dim=dim, keepdim=keepdim)
