"""MIL op ``reduce_prod``, of family ``reduction``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("reduce_prod", since="CoreML5")
def reduce_prod(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """``y`` is the product of ``x`` over ``axes``.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axes``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_prod``.
    """
    x = np.asarray(x)
    dims = range(x.ndim) if axes is None else integers(axes)
    return np.asarray(np.prod(x, axis=tuple(dims), keepdims=keep_dims))
