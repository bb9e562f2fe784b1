"""MIL op family ``tensor_transformation``."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import integers


@op("reshape", since="CoreML5")
def reshape_ios15(*, x: Array, shape: Array) -> Array:
    """``y`` is ``x`` in row-major order with another shape; 0 keeps a size, -1 takes the rest.

    Shapes
    ------
    ``x``: any; ``shape``: [rank of the result]; a 0 stands for the size of ``x`` at its index.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``, or there is a 0 and the ranks differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``reshape``.
    """
    sizes = integers(shape)
    if 0 in sizes and len(sizes) != x.ndim:
        raise ValueError(f"shape {sizes} has zeros but not the rank of x {x.shape}")
    return np.reshape(x, [size or x.shape[index] for index, size in enumerate(sizes)])


@op("reshape", since="CoreML7")
def reshape_ios17(*, x: Array, shape: Array) -> Array:
    """``y`` is ``x`` in row-major order with another shape; 0 keeps a size, -1 takes the rest.

    Shapes
    ------
    ``x``: any; ``shape``: [rank of the result]; a 0 stands for the size of ``x`` counted from the
    last dimension, or for 1 where ``x`` has none.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/tensor_transformation.py, ``reshape``.
    """
    sizes = integers(shape)
    aligned = [1] * (len(sizes) - np.ndim(x)) + list(np.shape(x)[max(0, np.ndim(x) - len(sizes)) :])
    return np.reshape(x, [size or kept for size, kept in zip(sizes, aligned, strict=True)])


@op("transpose", since="CoreML5")
def transpose(*, x: Array, perm: Array) -> Array:
    """``y``'s dimension ``i`` is ``x``'s dimension ``perm[i]``.

    Shapes
    ------
    ``x``: any; ``perm``: [rank of x]; result: the sizes permuted.

    Raises
    ------
    ValueError
        ``perm`` is no permutation of the dimensions.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``transpose``.
    """
    return np.transpose(x, integers(perm))


@op("expand_dims", since="CoreML5")
def expand_dims(*, x: Array, axes: Array) -> Array:
    """``y`` is ``x`` with dimensions of size 1 at ``axes`` of the result.

    Shapes
    ------
    ``x``: any; ``axes``: [n]; result: ``n`` dimensions more.

    Raises
    ------
    ValueError
        An axis repeats, or is outside the result.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``expand_dims``.
    """
    return np.expand_dims(x, tuple(integers(axes)))


@op("squeeze", since="CoreML5")
def squeeze(*, x: Array, axes: Array | None = None) -> Array:
    """``y`` is ``x`` without its dimensions of size 1, or without those of them in ``axes``.

    Shapes
    ------
    ``x``: any; ``axes``: [n]; axes of another size stay, as in PyTorch.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``squeeze``.
    """
    if axes is None:
        return np.squeeze(x)
    return np.squeeze(x, tuple(axis for axis in integers(axes) if x.shape[axis] == 1))


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
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``flatten2d``.
    """
    if not -x.ndim <= axis <= x.ndim:
        raise ValueError(f"axis {axis} is outside x {x.shape}")
    cut = axis + x.ndim if axis < 0 else axis
    return np.reshape(x, (prod(x.shape[:cut]), prod(x.shape[cut:])))


@op("slice_by_index", since="CoreML5")
def slice_by_index(
    *,
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None = None,
    begin_mask: Array | None = None,
    end_mask: Array | None = None,
    squeeze_mask: Array | None = None,
) -> Array:
    """``y = x[begin[0]:end[0]:stride[0], begin[1]:end[1]:stride[1], ...]``.

    A true ``begin_mask`` or ``end_mask`` leaves that bound open; a true ``squeeze_mask`` takes the
    single element at ``begin`` and drops the dimension.

    Shapes
    ------
    ``x``: any; all others: [rank of x]; result: the slices' sizes.

    Raises
    ------
    IndexError, ValueError
        The vectors do not fit ``x``, a stride is 0, or an index taken is outside ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``slice_by_index``; bounds:
    mil/ops/defs/_utils.py, ``solve_slice_by_index_slice``.
    """
    columns = (
        integers(begin),
        integers(end),
        _filled(stride, 1, x.ndim),
        _filled(begin_mask, 0, x.ndim),
        _filled(end_mask, 0, x.ndim),
        _filled(squeeze_mask, 0, x.ndim),
    )
    if any(len(column) != x.ndim for column in columns):
        raise ValueError(f"slices of {[len(column) for column in columns]} do not fit x {x.shape}")
    index: list[int | slice] = [
        (0 if no_begin else first)
        if squeezed
        else slice(None if no_begin else first, None if no_end else last, step)
        for first, last, step, no_begin, no_end, squeezed in zip(*columns, strict=True)
    ]
    return np.asarray(x[tuple(index)])


@op("slice_by_size", since="CoreML5")
def slice_by_size(*, x: Array, begin: Array, size: Array) -> Array:
    """``y = x[begin[0]:begin[0] + size[0], ...]``; a size of -1 reaches to the end.

    Shapes
    ------
    ``x``: any; ``begin``, ``size``: [rank of x]; result: ``size``.

    Raises
    ------
    ValueError
        The vectors do not fit ``x``, or a slice leaves it.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``slice_by_size``.
    """
    index = []
    for first, length, whole in zip(integers(begin), integers(size), x.shape, strict=True):
        start = first + whole if first < 0 else first
        stop = whole if length == -1 else start + length
        if not 0 <= start <= stop <= whole:
            raise ValueError(f"begin {first}, size {length} leave a dimension of {whole}")
        index.append(slice(start, stop))
    return np.asarray(x[tuple(index)])


def _filled(values: Array | None, default: int, rank: int) -> Sequence[int]:
    return [default] * rank if values is None else integers(values)
