"""MIL op ``squeeze``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("squeeze", since="CoreML5")
def squeeze(*, x: Array, axes: Array | None = None) -> Array:
    """``y`` is ``x`` without its dimensions of size 1, or without those of them in ``axes``.

    Shapes
    ------
    ``x``: any; ``axes``: [n]; axes of another size stay, as in PyTorch.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``squeeze``.
    """
    if axes is None:
        return np.squeeze(x)
    return np.squeeze(x, tuple(axis for axis in integers(axes) if x.shape[axis] == 1))
