"""MIL op ``slice_by_size``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


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
