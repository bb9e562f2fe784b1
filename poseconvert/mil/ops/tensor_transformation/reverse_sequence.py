"""MIL op ``reverse_sequence``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("reverse_sequence", since="CoreML5")
def reverse_sequence(*, x: Array, lengths: Array, seq_axis: int = 0, batch_axis: int = 0) -> Array:
    """``y[b, i] = x[b, lengths[b] - 1 - i if i < lengths[b] else i]``.

    ``b`` runs along ``batch_axis``, ``i`` along ``seq_axis``. Core ML does not say what a length
    outside the sequence gives; here it is refused.

    Shapes
    ------
    ``x``: any, the result has the same; ``lengths``: [size of ``batch_axis``].

    Raises
    ------
    ValueError
        ``x`` has no such axes, they are one, or the lengths do not fit ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``reverse_sequence``.
    """
    rows = np.moveaxis(x, (batch_axis, seq_axis), (0, 1))
    steps, counts = rows.shape[1], integers(lengths)
    if len(counts) != len(rows) or not all(0 <= count <= steps for count in counts):
        raise ValueError(f"lengths {counts} do not fit {len(rows)} sequences of {steps}")
    y = rows.copy()
    for row, count in enumerate(counts):
        y[row, :count] = rows[row, :count][::-1]
    return np.moveaxis(y, (0, 1), (batch_axis, seq_axis))
