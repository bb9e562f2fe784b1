"""MIL op ``reshape_like``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("reshape_like", since="CoreML6", several=("ref_tensors", "begins", "ends", "end_masks"))
def reshape_like(
    *,
    x: Array,
    ref_tensors: tuple[Array, ...],
    begins: tuple[int, ...],
    ends: tuple[int, ...],
    end_masks: tuple[bool, ...],
) -> Array:
    """``y`` is ``x`` in row-major order with a shape joined from parts of other tensors' shapes.

    Part ``i`` is ``ref_tensors[i].shape[begins[i]:ends[i]]``, or to the end where ``end_masks[i]``.

    Shapes
    ------
    ``x``, ``ref_tensors``: any; the others: one scalar per tensor.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``, or the numbers of parameters differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/tensor_transformation.py, ``reshape_like``.
    """
    parts = zip(ref_tensors, begins, ends, end_masks, strict=True)
    shape = [
        size
        for tensor, begin, end, to_the_end in parts
        for size in np.shape(tensor)[int(begin) : None if to_the_end else int(end)]
    ]
    return np.reshape(x, shape)
