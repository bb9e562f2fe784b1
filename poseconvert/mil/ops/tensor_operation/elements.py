"""Ops that keep, mask, sum or find elements where they are."""

from __future__ import annotations

from math import prod

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded


@op("identity", since="CoreML5")
def identity(*, x: Array) -> Array:
    """``y = x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``identity``.
    """
    return x


@op("shape", since="CoreML5")
def shape(*, x: Array) -> Array:
    """``y`` is the shape of ``x``.

    Shapes
    ------
    ``x``: any shape; result: [rank of x], int32.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``shape``.
    """
    return np.array(np.shape(x), np.int32)


@op("flatten2d", since="CoreML5")
def flatten2d(*, x: Array, axis: int = 1) -> Array:
    """``y`` is ``x`` as a matrix: dimensions before ``axis`` are rows, the others columns.

    Shapes
    ------
    ``x``: any; result: [product of sizes before axis, product of the others].

    Raises
    ------
    ValueError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``flatten2d``.
    """
    if not -x.ndim <= axis <= x.ndim:
        raise ValueError(f"axis {axis} is outside x {x.shape}")
    cut = axis + x.ndim if axis < 0 else axis
    return np.reshape(x, (prod(x.shape[:cut]), prod(x.shape[cut:])))


@op("band_part", since="CoreML5")
def band_part(*, x: Array, lower: int = -1, upper: int = -1) -> Array:
    """``y[..., m, n] = x[..., m, n] if m - n <= lower and n - m <= upper else 0``.

    A negative ``lower`` or ``upper`` keeps that whole triangle.

    Shapes
    ------
    ``x``: [..., M, N]; the result has the same.

    Raises
    ------
    ValueError
        ``x`` has fewer than two dimensions.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``band_part``.
    """
    if x.ndim < 2:
        raise ValueError(f"x {x.shape} holds no matrices")
    rows, columns = x.shape[-2:]
    below = np.arange(rows)[:, None] - np.arange(columns)
    band = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return np.where(band, x, np.zeros((), x.dtype))


@op("cumsum", since="CoreML5")
def cumsum(*, x: Array, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Array:
    """``y[i] = x[0] + ... + x[i]`` along ``axis``.

    ``exclusive`` leaves ``x[i]`` out, so that the first sum is 0; ``reverse`` sums from the end.
    Integers wrap around.

    Shapes
    ------
    ``x``: any; the result has the same.

    Raises
    ------
    ValueError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``cumsum``.
    """
    ordered = np.flip(x, axis) if reverse else x
    sums = np.cumsum(ordered, axis=axis, dtype=x.dtype)
    if exclusive:
        sums = np.roll(sums, 1, axis)
        sums[(slice(None),) * (axis % x.ndim) + (slice(0, 1),)] = 0
    return np.flip(sums, axis) if reverse else sums


@op("non_zero", since="CoreML5")
def non_zero(*, x: Array) -> Array:
    """``y`` lists the places where ``x != 0``, in row-major order; NaN counts as one.

    Shapes
    ------
    ``x``: any; result: [places, rank of x], int32.

    Raises
    ------
    ValueError
        There are too many places.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``non_zero``.
    """
    bounded((int(np.count_nonzero(x)), max(np.ndim(x), 1)))
    return np.argwhere(x).astype(np.int32)
