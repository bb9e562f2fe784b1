"""MIL op family ``random``.

Core ML documents the distributions, not the numbers: only shapes and statistics can agree with
it. A ``seed`` of -1 draws other numbers on every run, any other seed the same ones; see
``poseconvert.mil.randomness``.
"""

from __future__ import annotations

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.randomness import stream
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers


@op("random_bernoulli", since="CoreML5")
def random_bernoulli(*, shape: Array, prob: float = 0.5, seed: int = -1) -> Array:
    """``y = 1`` with probability ``prob``, else 0.

    Shapes
    ------
    ``shape``: [rank of the result].

    Raises
    ------
    ValueError
        ``prob`` is no probability, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/random.py, ``random_bernoulli``.
    """
    if not 0 <= prob <= 1:
        raise ValueError(f"prob {prob} is outside 0..1")
    drawn = stream(seed).random(bounded(integers(shape)), dtype=np.float32)
    return (drawn < prob).astype(np.float32)


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
