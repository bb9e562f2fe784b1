"""MIL op ``slice_by_index``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_transformation.slicing import python_slices


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
    index = python_slices(x, begin, end, stride, begin_mask, end_mask, squeeze_mask)
    return np.asarray(x[index])
