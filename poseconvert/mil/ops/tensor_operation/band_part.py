"""MIL op ``band_part``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("band_part", since="CoreML5")
def band_part(*, x: Array, lower: int = -1, upper: int = -1) -> Array:
    """``y[..., m, n] = x[..., m, n] if m - n <= lower and n - m <= upper else 0``.

    A negative ``lower`` or ``upper`` keeps that whole triangle.

    Shapes
    ------
    ``x``: [..., M, N]; the result has the same.

    Raises
    ------
    ValueError
        ``x`` has fewer than two dimensions.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``band_part``.
    """
    if x.ndim < 2:
        raise ValueError(f"x {x.shape} holds no matrices")
    rows, columns = x.shape[-2:]
    below = np.arange(rows)[:, None] - np.arange(columns)
    band = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return np.where(band, x, np.zeros((), x.dtype))
