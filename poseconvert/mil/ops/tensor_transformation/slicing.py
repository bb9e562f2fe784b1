"""Parts of a tensor, taken or replaced."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers


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
    index = _slices(x, begin, end, stride, begin_mask, end_mask, squeeze_mask)
    return np.asarray(x[index])


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


@op("slice_update", since="CoreML8")
def slice_update(
    *,
    x: Array,
    update: Array,
    begin: Array,
    end: Array,
    stride: Array | None = None,
    begin_mask: Array | None = None,
    end_mask: Array | None = None,
    squeeze_mask: Array | None = None,
) -> Array:
    """``y = x``, but ``y[begin[0]:end[0]:stride[0], ...] = update``; masks as ``slice_by_index``.

    Shapes
    ------
    ``x``: any, the result has the same; ``update``: what ``slice_by_index`` gives, not a scalar.

    Raises
    ------
    IndexError, ValueError
        As ``slice_by_index``, or ``update`` has another shape than the slice.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/tensor_transformation.py, ``slice_update``.
    """
    index = _slices(x, begin, end, stride, begin_mask, end_mask, squeeze_mask)
    y = np.array(x)
    if np.shape(update) != y[index].shape:
        raise ValueError(f"update {np.shape(update)} does not fit a slice {y[index].shape}")
    y[index] = update
    return y


@op("sliding_windows", since="CoreML5")
def sliding_windows(*, x: Array, axis: int, size: int, stride: int = 1) -> Array:
    """``y[..., i, j, ...] = x[..., i * stride + j, ...]``, ``i`` and ``j`` from ``axis`` on.

    Shapes
    ------
    ``x``: [A..., length, B...]; result: [A..., ``(length - size) // stride + 1``, size, B...].

    Raises
    ------
    ValueError
        ``x`` has no such axis or no such window, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``sliding_windows``.
    """
    if stride < 1 or not 1 <= size <= x.shape[axis]:
        raise ValueError(f"x {x.shape} has no windows of {size} every {stride} along axis {axis}")
    axis = axis % x.ndim
    count = (x.shape[axis] - size) // stride + 1
    bounded((*x.shape[:axis], count, size, *x.shape[axis + 1 :]))
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis)
    every = windows[(*(slice(None) for _ in range(axis)), slice(None, None, stride))]
    return np.moveaxis(every, -1, axis + 1)


def _slices(
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None,
    begin_mask: Array | None,
    end_mask: Array | None,
    squeeze_mask: Array | None,
) -> tuple[int | slice, ...]:
    """Turn Core ML's vectors into what numpy indexes with, one entry per dimension."""
    columns = [
        integers(begin),
        integers(end),
        [1] * x.ndim if stride is None else integers(stride),
        *(
            [0] * x.ndim if mask is None else integers(mask)
            for mask in (begin_mask, end_mask, squeeze_mask)
        ),
    ]
    if any(len(column) != x.ndim for column in columns):
        raise ValueError(f"slices of {[len(column) for column in columns]} do not fit x {x.shape}")
    return tuple(
        (0 if no_begin else first)
        if squeezed
        else slice(None if no_begin else first, None if no_end else last, step)
        for first, last, step, no_begin, no_end, squeezed in zip(*columns, strict=True)
    )
