"""MIL op ``select``, of family ``control_flow``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op


@op("select", since="CoreML5")
def select(*, cond: Array, a: Array, b: Array) -> Array:
    """``y = a if cond else b``, element by element.

    Shapes
    ------
    ``cond``, ``a``, ``b``: broadcast against each other; the result has their common shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``select``.
    """
    bounded(np.broadcast_shapes(np.shape(cond), np.shape(a), np.shape(b)))
    return np.where(cond, a, b)
