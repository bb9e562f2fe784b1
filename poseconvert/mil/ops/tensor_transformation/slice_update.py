"""MIL op ``slice_update``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_transformation.slicing import python_slices


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
    index = python_slices(x, begin, end, stride, begin_mask, end_mask, squeeze_mask)
    y = np.array(x)
    if np.shape(update) != y[index].shape:
        raise ValueError(f"update {np.shape(update)} does not fit a slice {y[index].shape}")
    y[index] = update
    return y
