"""MIL op ``random_categorical``, of family ``random``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op
from poseconvert.mil.ops.shared.randomness import stream


@op("random_categorical", since="CoreML5")
def random_categorical(*, x: Array, mode: str = "logits", size: int = 1, seed: int = -1) -> Array:
    """``y = i`` with probability ``softmax(x)[i]``, or with mode probs ``x[i] / sum(x)``.

    Drawn ``size`` times with replacement.

    Shapes
    ------
    ``x``: [A..., classes]; result: [A..., size].

    Raises
    ------
    ValueError
        The mode is unknown, ``x`` gives no probabilities, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/random.py, ``random_categorical``.
    """
    if mode not in ("logits", "probs"):
        raise ValueError(f'unknown mode "{mode}", expected logits or probs')
    weights = np.asarray(x, np.float64)
    shape = bounded((*weights.shape[:-1], size))
    if mode == "logits":
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
    rising = np.cumsum(weights, axis=-1)
    if weights.size and not (weights.min() >= 0 and 0 < rising[..., -1].min() < np.inf):
        raise ValueError(f"x {x.shape} in mode {mode} gives no probabilities")
    drawn = stream(seed).random(shape)
    y = np.empty(shape, np.float32)
    for row in np.ndindex(shape[:-1]):
        y[row] = np.searchsorted(rising[row], drawn[row] * rising[row][-1], side="right")
    return y
