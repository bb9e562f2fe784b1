"""MIL op ``random_normal``, of family ``random``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, integers, op
from poseconvert.mil.ops.shared.randomness import stream


@op("random_normal", since="CoreML5")
def random_normal(*, shape: Array, mean: float = 0.0, stddev: float = 1.0, seed: int = -1) -> Array:
    """``y = mean + stddev * z``, ``z`` from the standard normal distribution.

    Shapes
    ------
    ``shape``: [rank of the result].

    Raises
    ------
    ValueError
        ``stddev`` is negative, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/random.py, ``random_normal``.
    """
    if not stddev >= 0:
        raise ValueError(f"stddev {stddev} is negative")
    drawn = stream(seed).standard_normal(bounded(integers(shape)), dtype=np.float32)
    return np.float32(mean) + np.float32(stddev) * drawn
