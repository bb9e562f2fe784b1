"""A number over people with its interval: PCK and MPJPE are sums over sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

RESAMPLES = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """A sum over a sum, kept apart by person so that people can be drawn again.

    Attributes
    ----------
    total, count : (N,) what each person adds above and below the line.
    """

    total: Array
    count: Array

    @property
    def value(self) -> float:
        """The ratio over all people; NaN where nothing was counted."""
        return float(self.of(np.ones((1, len(self.count))))[0])

    def of(self, drawn: Array) -> Array:
        """Return the ratio (R,) of people drawn ``drawn`` (R, N) times each."""
        with np.errstate(invalid="ignore"):  # nothing counted is 0 / 0, NaN
            ratio: Array = (drawn @ self.total) / (drawn @ self.count)
        return ratio


def draws(people: int, *, resamples: int = RESAMPLES, seed: int = 0) -> Array:
    """Return how often each person is drawn in each of ``resamples`` bootstrap samples: (R, N).

    The same seed draws the same people, so that two artifacts are compared on the same ones.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.multinomial(people, np.full(people, 1 / people), resamples).astype(np.float64)


def interval(values: Array) -> tuple[float, float]:
    """Return the bounds that hold the middle 95 % of bootstrap values; NaN where one is NaN."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def resampled(drawn: Array) -> Iterator[npt.NDArray[np.intp]]:
    """Yield bootstrap samples as indices of people, for numbers that are not a ratio of sums."""
    people = np.arange(drawn.shape[1])
    yield from (np.repeat(people, times.astype(np.intp)) for times in drawn)
