"""Outputs that are the reference's, read in another way."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.format import number
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import EXPLAINED, Broken, relative_drift

#: Rows of a phone's arrays start at multiples of so many values.
_ROW_MULTIPLES = (8, 16, 32, 64)
_FITS = 0.02


def output_causes(broken: Broken) -> Iterator[Diagnosis]:
    """Try every way of reading outputs wrongly; the first that fits each output."""
    yield from _swapped(broken)
    yield from _missing(broken)
    for name, expected in broken.reference.outputs.items():
        got = broken.candidate.outputs.get(name)
        if got is None or got.shape != expected.shape:
            continue
        before = relative_drift(expected, got)
        if before <= _FITS:
            continue
        found = next(_readings(name, expected, got, before), None)
        if found is not None:
            yield found


def _swapped(broken: Broken) -> Iterator[Diagnosis]:
    """Find outputs of one shape under one another's names."""
    reference, candidate = broken.reference.outputs, broken.candidate.outputs
    for one in reference:
        holds = [
            other
            for other, values in candidate.items()
            if values.shape == reference[one].shape
            and relative_drift(reference[one], values) <= _FITS
        ]
        if holds and one not in holds:
            yield Diagnosis(
                "output names",
                f"output {holds[0]} of {broken.candidate.link.artifact} holds what the reference"
                f" calls {one}: its drift against {one} is"
                f" {number(relative_drift(reference[one], candidate[holds[0]]))} of its range",
            )


def _missing(broken: Broken) -> Iterator[Diagnosis]:
    """Say what is missing where all that is there holds."""
    reference, candidate = broken.reference.outputs, broken.candidate.outputs
    missing = [name for name in reference if name not in candidate]
    extra = [name for name in candidate if name not in reference]
    off = [output for output in broken.comparison.outputs if output.drift and output.reason]
    if (missing or extra) and not off:
        absent = f"lacks {', '.join(missing)}" if missing else ""
        more = f"also has {', '.join(extra)}" if extra else ""
        said = " and ".join(part for part in (absent, more) if part)
        yield Diagnosis(
            "output names",
            f"{broken.candidate.run.label} {said}; every output that both have holds",
        )


def _readings(
    name: str, expected: NDArray[Any], got: NDArray[Any], before: float
) -> Iterator[Diagnosis]:
    was = f"drift falls from {number(before)}"
    after = _as_half(expected, got)
    if after <= _FITS:
        yield Diagnosis(
            "float16 read as float32",
            f"{name}: float16 numbers look read as float32: read as float16 its {was} to"
            f" {number(after)} of its range",
        )
    for stride, after in _padded_rows(expected, got):
        if after <= _FITS:
            yield Diagnosis(
                "padded rows",
                f"{name}: rows of {expected.shape[-1]} values look stored {stride} apart and read"
                f" without gaps: with the stride its {was} to {number(after)} of its range",
            )
    for words, view in _turned(expected):
        after = relative_drift(view, got)
        if math.isfinite(after) and after <= max(_FITS, EXPLAINED * before):
            yield Diagnosis(
                "axis order", f"{name}: {words}: undone, its {was} to {number(after)} of its range"
            )
    factor = _factor(expected, got)
    after = relative_drift(expected * factor, got)
    if after <= _FITS and not math.isclose(factor, 1, rel_tol=0.01):
        yield Diagnosis(
            "output scale",
            f"{name}: looks multiplied by {factor:.6g}: undone, its {was} to {number(after)}"
            " of its range",
        )
    with np.errstate(over="ignore"):
        squashed = 1 / (1 + np.exp(-expected.astype(np.float64)))
    after = relative_drift(squashed, got)
    if after <= _FITS:
        yield Diagnosis(
            "activation",
            f"{name}: a sigmoid looks applied once more: with it on the reference too, its {was}"
            f" to {number(after)} of its range",
        )


def _as_half(expected: NDArray[Any], got: NDArray[Any]) -> float:
    """Compare what lies in the buffer: two halves in every float32 that was read."""
    pairs = expected[0].size // 2
    if not pairs:
        return math.inf
    halves = np.ascontiguousarray(got[0], "<f4").reshape(-1)[:pairs].view("<f2")
    return relative_drift(expected[0].reshape(-1)[: 2 * pairs], halves.astype(np.float32))


def _padded_rows(expected: NDArray[Any], got: NDArray[Any]) -> Iterator[tuple[int, float]]:
    """Yield each possible row stride, and the drift of what was really read of each row."""
    width = expected.shape[-1]
    flat = got[0].reshape(-1)
    rows = expected[0].reshape(-1, width)
    for multiple in _ROW_MULTIPLES:
        stride = -(-width // multiple) * multiple
        if stride == width:
            continue
        count = min(len(rows), flat.size // stride)
        if count:
            read = flat[: count * stride].reshape(count, stride)[:, :width]
            yield stride, relative_drift(rows[:count], read)


def _turned(expected: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the reference in other orders: rows and columns, channels last, blocks of offsets."""
    if expected.ndim != 4:
        return
    yield "rows and columns look exchanged", expected.swapaxes(2, 3)
    yield "channels look stored last", expected.transpose(0, 2, 3, 1).reshape(expected.shape)
    for blocks in (2, 3):
        if expected.shape[1] % blocks:
            continue
        parts = np.split(expected, blocks, axis=1)
        for order in list(permutations(range(blocks)))[1:]:
            words = f"its {blocks} blocks of channels look ordered {[i + 1 for i in order]}"
            yield words, np.concatenate([parts[i] for i in order], axis=1)


def _factor(expected: NDArray[Any], got: NDArray[Any]) -> float:
    """Fit one factor by least squares."""
    a, b = expected.astype(np.float64).ravel(), got.astype(np.float64).ravel()
    power = float(a @ a)
    return float(a @ b) / power if power and math.isfinite(power) else 1.0
