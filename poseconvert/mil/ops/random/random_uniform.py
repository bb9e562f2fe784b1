"""MIL op ``random_uniform``, of family ``random``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, integers, op
from poseconvert.mil.ops.shared.randomness import stream


@op("random_uniform", since="CoreML5")
def random_uniform(*, shape: Array, low: float = 0.0, high: float = 1.0, seed: int = -1) -> Array:
    """``y`` from ``low`` to below ``high``, all numbers alike; ``low`` where they are equal.

    Rounding to fp16 may reach ``high``. Core ML leaves ``high < low`` undefined; here it is
    refused.

    Shapes
    ------
    ``shape``: [rank of the result].

    Raises
    ------
    ValueError
        ``high`` is below ``low``, they are not finite, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/random.py, ``random_uniform``.
    """
    least, limit = np.float32(low), np.float32(high)
    if not (np.isfinite(limit - least) and least <= limit):
        raise ValueError(f"there is no number from {low} to below {high}")
    drawn = stream(seed).random(bounded(integers(shape)), dtype=np.float32)
    y = least + (limit - least) * drawn
    return y if least == limit else np.minimum(y, np.nextafter(limit, least))
