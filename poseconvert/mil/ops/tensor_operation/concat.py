"""MIL op ``concat``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("concat", since="CoreML5", several=("values",))
def concat(*, values: tuple[Array, ...], axis: int, interleave: bool = False) -> Array:
    """``y`` is the values one after the other along ``axis``, or their slices in turn.

    Shapes
    ------
    ``values``: equal but for ``axis`` (wholly equal to be interleaved), scalars count as [1];
    result: their sizes added along ``axis``.

    Raises
    ------
    ValueError
        The shapes do not fit, or there is no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``concat``.
    """
    parts = [np.atleast_1d(value) for value in values]
    if not interleave:
        return np.concatenate(parts, axis)
    axis = axis % parts[0].ndim
    together = np.stack(parts, axis + 1)
    first = parts[0].shape
    return together.reshape((*first[:axis], len(parts) * first[axis], *first[axis + 1 :]))
