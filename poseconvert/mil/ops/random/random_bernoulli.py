"""MIL op ``random_bernoulli``, of family ``random``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, integers, op
from poseconvert.mil.ops.shared.randomness import stream


@op("random_bernoulli", since="CoreML5")
def random_bernoulli(*, shape: Array, prob: float = 0.5, seed: int = -1) -> Array:
    """``y = 1`` with probability ``prob``, else 0.

    Shapes
    ------
    ``shape``: [rank of the result].

    Raises
    ------
    ValueError
        ``prob`` is not a probability, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/random.py, ``random_bernoulli``.
    """
    if not 0 <= prob <= 1:
        raise ValueError(f"prob {prob} is outside 0..1")
    drawn = stream(seed).random(bounded(integers(shape)), dtype=np.float32)
    return (drawn < prob).astype(np.float32)
