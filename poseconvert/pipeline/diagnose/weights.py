"""What happened to a weight: rounded, compressed, folded otherwise, or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.mil.analysis.static_hazards import FP16_SMALLEST_NORMAL

_FEW = 256
_LOST = 0.01
_FP16_LEAST = 2.0**-24


@dataclass(frozen=True, slots=True)
class Happened:
    """A cause, and what speaks for it in words."""

    cause: str
    words: str


def what_happened(reference: NDArray[Any], candidate: NDArray[Any]) -> Happened:
    """Compare one weight with what it should be, arrays of one shape."""
    if reference.shape != candidate.shape or not reference.size:
        return Happened("weights changed", f"shape {candidate.shape}, not {reference.shape}")
    return next(
        (
            found
            for check in (_underflown, _rounded, _compressed, _rescaled)
            if (found := check(reference, candidate))
        ),
        Happened(
            "weights changed",
            f"its weight differs by up to {100 * _worst(reference, candidate):.2g} % of its range",
        ),
    )


def _rounded(reference: NDArray[Any], candidate: NDArray[Any]) -> Happened | None:
    for name, rounded in (("float16", _half(reference)), ("bfloat16", _bfloat16(reference))):
        if np.array_equal(candidate.astype(np.float64), rounded):
            return Happened("float16 weights", f"its weight is rounded to {name}")
    return None


def _underflown(reference: NDArray[Any], candidate: NDArray[Any]) -> Happened | None:
    """Tell weights below float16's normal numbers, off by no more than float16 makes them."""
    tiny = (np.abs(reference) < FP16_SMALLEST_NORMAL) & (reference != 0)
    lost = int(np.count_nonzero(tiny))
    off = np.abs(candidate.astype(np.float64) - reference.astype(np.float64))
    if lost <= _LOST * reference.size or off[tiny].max() > _FP16_LEAST:
        return None
    return Happened(
        "float16 underflow",
        f"{lost} of {reference.size} weights lie below 6.1e-5, where float16 has few or no digits",
    )


def _compressed(reference: NDArray[Any], candidate: NDArray[Any]) -> Happened | None:
    values, before = len(np.unique(candidate)), len(np.unique(reference))
    if values > min(_FEW, reference.size // 4) or before <= 2 * values:
        return None
    return Happened(
        "weights compressed",
        f"its weight has {values} different values, {before} before; the largest error is"
        f" {100 * _worst(reference, candidate):.1f} % of their range",
    )


def _rescaled(reference: NDArray[Any], candidate: NDArray[Any]) -> Happened | None:
    """Whether each output channel of a convolution is the same up to one factor."""
    if reference.ndim < 3:
        return None
    rows, others = (
        side.astype(np.float64).reshape(len(side), -1) for side in (reference, candidate)
    )
    power = np.einsum("ij,ij->i", rows, rows)
    factors = np.einsum("ij,ij->i", rows, others) / np.where(power == 0, 1, power)
    off = np.abs(others - factors[:, None] * rows).max()
    if off > 1e-5 * np.abs(others).max() or not np.ptp(factors) > 0:
        return None
    return Happened(
        "batch norm fold", "its weight is the reference's, scaled otherwise in each channel"
    )


def _worst(reference: NDArray[Any], candidate: NDArray[Any]) -> float:
    a, b = reference.astype(np.float64), candidate.astype(np.float64)
    spread = float(np.ptp(a)) or float(np.abs(a).max()) or 1.0
    return float(np.abs(b - a).max()) / spread


def _half(values: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float64)


def _bfloat16(values: NDArray[Any]) -> NDArray[np.float64]:
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32).astype(np.float64)
