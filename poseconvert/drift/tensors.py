"""Drift between a reference tensor and a candidate tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def tensor_drift(reference: NDArray[Any], candidate: NDArray[Any]) -> TensorDrift:
    """Measure ``candidate`` against ``reference``, arrays of one shape, in float64.

    A NaN or Inf on either side is counted in ``non_finite`` and left out of the
    other figures; it never makes them smaller, because any such value breaks parity.
    """
    a = np.asarray(reference, np.float64)
    b = np.asarray(candidate, np.float64)
    finite = np.isfinite(a) & np.isfinite(b)
    non_finite = int(a.size - np.count_nonzero(finite))
    if not finite.any():
        nan = math.nan
        return TensorDrift(a.size, nan, nan, nan, nan, non_finite, (), nan, nan)
    with np.errstate(over="ignore"):  # beyond float64 the difference is inf, as it should be
        difference = np.abs(np.where(finite, a, 0) - np.where(finite, b, 0))
    flat = int(np.argmax(difference))
    worst = tuple(int(i) for i in np.unravel_index(flat, difference.shape))
    values = a[finite]
    spread = float(values.max() - values.min()) or float(np.abs(values).max())
    largest = float(difference.flat[flat])
    return TensorDrift(
        elements=a.size,
        max_abs=largest,
        mean_abs=float(difference[finite].mean()),
        relative=largest / spread if spread else (0.0 if largest == 0 else math.inf),
        psnr_db=_psnr(values, difference[finite]),
        non_finite=non_finite,
        worst=worst,
        reference=float(a.flat[flat]),
        candidate=float(b.flat[flat]),
    )


def _psnr(reference: NDArray[np.float64], difference: NDArray[np.float64]) -> float:
    peak, largest = float(np.abs(reference).max()), float(difference.max())
    if largest == 0:
        return math.inf
    if peak == 0 or math.isinf(largest):
        return -math.inf
    # Squared as parts of the largest, so that no square overflows or vanishes.
    part = math.sqrt(float(np.mean(np.square(difference / largest))))
    return 20 * (math.log10(peak) - math.log10(largest) - math.log10(part))
