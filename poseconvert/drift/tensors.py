"""Drift between a reference tensor and a candidate tensor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.ulps import ulp_distances

# Measured a block at a time: what a block needs stays in the cache, whatever the tensor's size.
_BLOCK = 1 << 16
# A tenfold of the mean difference: about 8 sigma of normal noise, which none of it reaches.
OUTLIER_FACTOR = 10.0
HISTOGRAM_EDGES = tuple(10.0**power for power in range(-8, 1))
"""Between the histogram's bins, as parts of the reference's range."""


@dataclass(frozen=True, slots=True)
class TensorDrift:
    """How far a candidate tensor is from its reference, over all inputs together.

    Attributes
    ----------
    elements : how many values were compared; 0 means nothing was.
    max_abs, mean_abs : absolute difference, in the tensor's unit.
    relative : ``max_abs`` over the reference's range (max - min), or over its
        largest magnitude where the range is 0.
    psnr_db : 20 log10(max|reference| / rms difference) over the flattened
        tensor; inf when identical.
    non_finite : values that are NaN or Inf in either tensor.
    worst : index of the largest difference.
    reference, candidate : the two values there.
    cosine : of the angle between both as vectors; NaN where one of them is zero.
    ulp_max, ulp_median : float32 values from one to the other. Next to zero they are
        many and mean little: read them with ``max_abs``.
    outliers : share of the finite values that differ by more than ``OUTLIER_FACTOR``
        times the mean difference: near 0 for rounding, which is spread over all of them.
    histogram : counts of differences as parts of the range: equal values, then the
        bins below, between and from the ``HISTOGRAM_EDGES`` up. Empty: not measured.
    only_reference, only_candidate : values that are NaN or Inf on that side alone.
    """

    elements: int
    max_abs: float
    mean_abs: float
    relative: float
    psnr_db: float
    non_finite: int
    worst: tuple[int, ...]
    reference: float
    candidate: float
    cosine: float = math.nan
    ulp_max: float = math.nan
    ulp_median: float = math.nan
    outliers: float = math.nan
    histogram: tuple[int, ...] = ()
    only_reference: int = 0
    only_candidate: int = 0


@dataclass(slots=True)
class _Extremes:
    """What the first sweep finds: it must be known before the second one can scale by it."""

    finite: int = 0
    only_reference: int = 0
    only_candidate: int = 0
    low: float = math.inf
    high: float = -math.inf
    candidate_peak: float = 0.0
    largest: float = -1.0
    worst: int = 0
    total: float = 0.0

    def add(self, start: int, one: NDArray[np.float64], two: NDArray[np.float64]) -> None:
        """Add a block that begins at flat index ``start``."""
        good_one, good_two = np.isfinite(one), np.isfinite(two)
        finite = good_one & good_two
        count = int(np.count_nonzero(finite))
        self.only_reference += int(np.count_nonzero(good_two)) - count
        self.only_candidate += int(np.count_nonzero(good_one)) - count
        if not count:
            return
        difference = np.where(finite, np.abs(two - one), -1.0)
        if count < one.size:
            one, two = one[finite], two[finite]
        flat = int(difference.argmax())
        if difference[flat] > self.largest:
            self.largest, self.worst = float(difference[flat]), start + flat
        self.finite += count
        self.total += float(difference.sum(where=finite))
        self.low = min(self.low, float(one.min()))
        self.high = max(self.high, float(one.max()))
        self.candidate_peak = max(self.candidate_peak, float(np.abs(two).max()))

    @property
    def mean(self) -> float:
        """Mean difference."""
        return self.total / self.finite

    @property
    def peak(self) -> float:
        """Largest magnitude of the reference."""
        return max(abs(self.low), abs(self.high))

    @property
    def spread(self) -> float:
        """Range of the reference, or its magnitude where that is 0."""
        return (self.high - self.low) or self.peak


@dataclass(slots=True)
class _Shape:
    """What the second sweep adds up, scaled so that no square overflows or vanishes."""

    squares: float = 0.0
    product: float = 0.0
    reference_squares: float = 0.0
    candidate_squares: float = 0.0
    outliers: int = 0
    equal: int = 0
    from_edge: NDArray[Any] | int = 0

    def add(self, one: NDArray[np.float64], two: NDArray[np.float64], found: _Extremes) -> None:
        """Add a block's finite values."""
        difference = np.abs(two - one)
        # No edge is 0, which equal values would reach too.
        edges = np.maximum(np.array(HISTOGRAM_EDGES) * found.spread, math.ulp(0.0))
        self.outliers += int(np.count_nonzero(difference > OUTLIER_FACTOR * found.mean))
        self.equal += int(np.count_nonzero(difference == 0))
        self.from_edge += np.array([np.count_nonzero(difference >= edge) for edge in edges])
        one, two = one / (found.peak or 1.0), two / (found.candidate_peak or 1.0)
        difference /= found.largest or 1.0
        # Not BLAS, whose threads wait for each other longer than a block takes.
        self.squares += float(np.square(difference).sum())
        self.product += float((one * two).sum())
        self.reference_squares += float(np.square(one).sum())
        self.candidate_squares += float(np.square(two).sum())


def tensor_drift(reference: NDArray[Any], candidate: NDArray[Any]) -> TensorDrift:
    """Measure ``candidate`` against ``reference``, arrays of one shape, in float64.

    A NaN or Inf on either side is counted in ``non_finite`` and left out of the
    other figures; it never makes them smaller, because any such value breaks parity.
    """
    shape = np.shape(reference)
    a, b = np.ravel(reference), np.ravel(candidate)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond float64 a difference is inf
        found = _extremes(a, b)
        lost = a.size - found.finite
        if not found.finite:
            nan = math.nan
            drift = TensorDrift(a.size, nan, nan, nan, nan, lost, (), nan, nan)
            return replace(
                drift, only_reference=found.only_reference, only_candidate=found.only_candidate
            )
        rest = _shape(a, b, found)
        ulps = ulp_distances(a, b, count=found.finite)
    largest, spread = found.largest, found.spread
    return TensorDrift(
        elements=a.size,
        max_abs=largest,
        mean_abs=found.mean,
        relative=largest / spread if spread else (0.0 if largest == 0 else math.inf),
        psnr_db=_psnr(found, rest),
        non_finite=lost,
        worst=tuple(int(i) for i in np.unravel_index(found.worst, shape)),
        reference=float(a[found.worst]),
        candidate=float(b[found.worst]),
        cosine=_cosine(rest),
        ulp_max=float(ulps.max()),
        ulp_median=float(np.partition(ulps, (ulps.size - 1) // 2)[(ulps.size - 1) // 2]),
        outliers=rest.outliers / found.finite,
        histogram=_histogram(rest, found.finite),
        only_reference=found.only_reference,
        only_candidate=found.only_candidate,
    )


def _blocks(
    a: NDArray[Any], b: NDArray[Any]
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield where each block starts, and its values of both tensors."""
    for start in range(0, a.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        yield start, a[part].astype(np.float64), b[part].astype(np.float64)


def _extremes(a: NDArray[Any], b: NDArray[Any]) -> _Extremes:
    found = _Extremes()
    for start, one, two in _blocks(a, b):
        found.add(start, one, two)
    return found


def _shape(a: NDArray[Any], b: NDArray[Any], found: _Extremes) -> _Shape:
    rest = _Shape()
    for _, one, two in _blocks(a, b):
        finite = np.isfinite(one) & np.isfinite(two)
        if finite.all():
            rest.add(one, two, found)
        else:
            rest.add(one[finite], two[finite], found)
    return rest


def _psnr(found: _Extremes, rest: _Shape) -> float:
    if found.largest == 0:
        return math.inf
    if found.peak == 0 or math.isinf(found.largest):
        return -math.inf
    part = math.sqrt(rest.squares / found.finite)
    return 20 * (math.log10(found.peak) - math.log10(found.largest) - math.log10(part))


def _cosine(rest: _Shape) -> float:
    lengths = math.sqrt(rest.reference_squares) * math.sqrt(rest.candidate_squares)
    return max(-1.0, min(1.0, rest.product / lengths)) if lengths else math.nan


def _histogram(rest: _Shape, finite: int) -> tuple[int, ...]:
    """Turn counts from each edge up into counts between edges."""
    from_edge = [int(count) for count in np.atleast_1d(rest.from_edge)]
    above = [finite - rest.equal, *from_edge]
    between = [low - high for low, high in zip(above, [*from_edge, 0], strict=True)]
    return (rest.equal, *between)
