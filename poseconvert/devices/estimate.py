"""Means over runs with their intervals: frames of one run depend on each other, runs do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseconvert.metrics.ratio import draws, interval

LEAST_RUNS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over runs, or a ratio of two.

    Attributes
    ----------
    value : over all runs.
    low, high : the middle 95 % of a bootstrap over runs; None with fewer than 3 of them.
    runs : how many; of a ratio, of the side with fewer.
    """

    value: float
    low: float | None
    high: float | None
    runs: int


def mean_of(values: Sequence[float]) -> Estimate | None:
    """Return the mean of one number per run; None without runs."""
    if not values:
        return None
    runs = len(values)
    if runs < LEAST_RUNS:
        return Estimate(float(np.mean(values)), None, None, runs)
    low, high = interval(draws(runs) @ np.array(values) / runs)
    return Estimate(float(np.mean(values)), low, high, runs)


def ratio_of(above: Sequence[float], below: Sequence[float]) -> Estimate | None:
    """Return the ratio of two means, whose runs are drawn apart; None where a side is empty or 0.

    Both sides are drawn anew in every bootstrap sample, with different seeds.
    """
    if not above or not below or not all(value > 0 for value in below):
        return None
    runs = min(len(above), len(below))
    value = float(np.mean(above) / np.mean(below))
    if runs < LEAST_RUNS:
        return Estimate(value, None, None, runs)
    over = draws(len(above), seed=1) @ np.array(above) / len(above)
    under = draws(len(below), seed=2) @ np.array(below) / len(below)
    low, high = interval(over / under)
    return Estimate(value, low, high, runs)
