"""MIL op ``transpose``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("transpose", since="CoreML5")
def transpose(*, x: Array, perm: Array) -> Array:
    """``y``'s dimension ``i`` is ``x``'s dimension ``perm[i]``.

    Shapes
    ------
    ``x``: any; ``perm``: [rank of x]; result: the sizes permuted.

    Raises
    ------
    ValueError
        ``perm`` is not a permutation of the dimensions.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``transpose``.
    """
    return np.transpose(x, integers(perm))
