"""MIL op ``expand_dims``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("expand_dims", since="CoreML5")
def expand_dims(*, x: Array, axes: Array) -> Array:
    """``y`` is ``x`` with dimensions of size 1 at ``axes`` of the result.

    Shapes
    ------
    ``x``: any; ``axes``: [n]; result: ``n`` dimensions more.

    Raises
    ------
    ValueError
        An axis repeats, or is outside the result.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``expand_dims``.
    """
    return np.expand_dims(x, tuple(integers(axes)))
