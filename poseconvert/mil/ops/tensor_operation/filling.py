"""Tensors made from a few numbers; their size is checked before they are."""

from __future__ import annotations

from math import ceil, isfinite

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers


@op("fill", since="CoreML5")
def fill(*, shape: Array, value: Array | float = 0.0) -> Array:
    """``y = value`` everywhere.

    Shapes
    ------
    ``shape``: [rank of the result]; ``value``: scalar.

    Raises
    ------
    ValueError
        A size is negative, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``fill``.
    """
    return np.full(bounded(integers(shape)), _carried(value))


@op("fill_like", since="CoreML6")
def fill_like(*, ref_tensor: Array, value: Array | float = 0.0) -> Array:
    """``y = value`` everywhere; the dtype is that of ``value``, not of ``ref_tensor``.

    Shapes
    ------
    ``ref_tensor``: any; the result has the same. ``value``: scalar.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/tensor_operation.py, ``fill_like``.
    """
    return np.full(np.shape(ref_tensor), _carried(value))


@op("one_hot", since="CoreML5")
def one_hot(
    *,
    indices: Array,
    one_hot_vector_size: int,
    axis: int = -1,
    on_value: Array | float = 1,
    off_value: Array | float = 0,
) -> Array:
    """``y[..., i, ...] = on_value if i == indices[...] else off_value``, ``i`` along ``axis``.

    Core ML does not say what a negative or too large index gives; here it is refused.

    Shapes
    ------
    ``indices``: any; result: one dimension more, of ``one_hot_vector_size``, at ``axis`` of the
    result.

    Raises
    ------
    IndexError
        An index is outside the vector.
    ValueError
        There is no such axis, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``one_hot``.
    """
    size = int(one_hot_vector_size)
    wanted = np.expand_dims(indices, axis)
    cut = axis % wanted.ndim
    shape = bounded((*wanted.shape[:cut], size, *wanted.shape[cut + 1 :]))
    if wanted.size and not 0 <= wanted.min() <= wanted.max() < size:
        raise IndexError(
            f"indices reach from {wanted.min()} to {wanted.max()}, outside 0..{size - 1}"
        )
    place = np.arange(size).reshape([-1 if d == cut else 1 for d in range(wanted.ndim)])
    hot = np.broadcast_to(place, shape) == wanted
    return np.where(hot, _carried(on_value), _carried(off_value))


@op("range_1d", since="CoreML5")
def range_1d(*, end: Array | float, start: Array | float, step: Array | float) -> Array:
    """``y[i] = start + i * step`` for all ``i`` that stay before ``end``.

    Shapes
    ------
    All: scalar; result: [``ceil((end - start) / step)``], the quotient in float32 for floats.

    Raises
    ------
    ValueError
        ``step`` is 0, a number is not finite, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``range_1d``.
    """
    if not step:
        raise ValueError("a range with step 0 has no end")
    if np.result_type(start, end, step).kind in "iu":
        whole = range(int(start), int(end), int(step))
        bounded((len(whole),))
        return np.arange(whole.start, whole.stop, whole.step, dtype=np.int32)
    quotient = float((np.float32(end) - np.float32(start)) / np.float32(step))
    if not isfinite(quotient):
        raise ValueError(f"a range from {start} to {end} by {step} has no length")
    (count,) = bounded((max(0, ceil(quotient)),))
    return (float(start) + float(step) * np.arange(count)).astype(np.float32)


def _carried(value: Array | float) -> Array:
    """Give a fill value the dtype in which a constant of its kind travels."""
    if isinstance(value, float):
        return np.asarray(value, np.float32)
    if isinstance(value, int) and not isinstance(value, bool):
        return np.asarray(value, np.int32)
    return np.asarray(value)
