"""MIL op ``one_hot``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op
from poseconvert.mil.ops.tensor_operation.filling import in_carrier


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
    return np.where(hot, in_carrier(on_value), in_carrier(off_value))
