"""Drift of every part of an output on every input, and the few of them that can decide."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.channels import Array, Cut, Kind, Spread, blocks, spread_of
from poseconvert.drift.tolerances import STORED_ULPS, Tolerance
from poseconvert.drift.yardstick import Yardstick

_EPS = float(np.finfo(np.float32).eps)
# A candidate that varies by less than this part of what its reference varies by is called constant.
_FLAT = 1e-3
# Whole numbers are an index, a class or a truth value: further away than this is another one.
_STEP = 0.5


@dataclass(frozen=True, slots=True)
class PartDrift:
    """Drift of one part of an output on one input.

    Attributes
    ----------
    kind, part, label : which part: all of the output, a channel or a value.
    input_name : on which input.
    max_abs, rms : of the difference, in the output's unit.
    relative : ``max_abs`` over the part's span; 0 where float32 could not store less.
    db : 20 log10(deviation / rms), for a whole output 20 log10(peak / rms); inf if identical.
    floor, rounding : noise that float32 and float16 give this part, as shares; see
        :class:`poseconvert.drift.yardstick.Parts`. Infinite: not known.
    worst : index of the largest difference, the input's place first.
    reference, candidate : the two values there.
    flat : whether the candidate hardly varies where the reference does.
    """

    kind: Kind
    part: int
    label: str
    input_name: str
    max_abs: float
    rms: float
    relative: float
    db: float
    floor: float
    rounding: float
    worst: tuple[int, ...]
    reference: float
    candidate: float
    flat: bool = False

    def excess(self, tolerance: Tolerance) -> float:
        """Return drift over what is allowed, the larger of both limits; above 1 is broken."""
        shares = [0.0]
        allowed = tolerance.allowed_relative(self.kind, self.floor)
        if allowed is not None:
            shares.append(self.relative / allowed if allowed else math.inf * self.relative)
        least = tolerance.allowed_db(self.kind, self.rounding)
        if least is not None:
            shares.append(10 ** min((least - self.db) / 20, 300))
        return max(0.0 if math.isnan(share) else share for share in shares)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One cut of an output on every input, arrays (N, parts).

    Attributes
    ----------
    relative, share : drift over span, and rms over deviation (of the whole output: over its peak).
    floor, rounding : (parts,) as in :class:`poseconvert.drift.yardstick.Parts`.
    own, scales : spread of the reference, and what drift is a share of.
    stored : difference that float32 may leave in storing the values.
    candidate_span, candidate_rms, candidate_peak : of the candidate's values.
    """

    cut: Cut
    max_abs: Array
    rms: Array
    at: NDArray[np.intp]
    relative: Array
    share: Array
    floor: Array
    rounding: Array
    own: Spread
    candidate_span: Array
    scales: Spread
    stored: Array
    candidate_rms: Array
    candidate_peak: Array

    def deciding(self) -> list[tuple[int, int]]:
        """Return input and part of those that decide under some tolerance, the worst first.

        A part that drifts less than another, and has more noise to excuse it, never does.
        """
        found: dict[tuple[int, int], None] = {}
        sizes = [(self.relative, self.floor), (self.share, self.rounding)]
        if self.cut.kind == "output":  # the largest difference of all is told
            sizes.append((self.max_abs, np.zeros(1)))
        for size, noise in sizes:
            noises = np.broadcast_to(noise, size.shape).ravel()
            order = np.lexsort((noises, -size.ravel()))
            least = np.minimum.accumulate(noises[order])
            leads = np.concatenate([[True], least[1:] < least[:-1]])
            for flat in order[leads]:
                n, part = np.unravel_index(flat, size.shape)
                found[int(n), int(part)] = None
        return list(found)


def measured(
    reference: NDArray[Any], candidate: NDArray[Any], yardstick: Yardstick, *, floor: float = 0.0
) -> Iterator[Measured]:
    """Measure two finite arrays (N, ...) of one shape, once per cut.

    Parameters
    ----------
    floor : noise floor of the whole output, where the yardstick has none.
    """
    cuts = yardstick.cuts(reference.shape[1:])
    whole = bool((reference == np.rint(reference)).all())
    if reference[0].size == 1 and yardstick.known(cuts[-1]).spread.span.any():
        cuts = cuts[-1:]  # what one value varies by is known: its magnitude says less
    for cut in cuts:
        known = yardstick.known(cut)
        if cut.kind == "value" and reference[0].size > 1 and not known.spread.span.any():
            continue  # nothing says how much each value varies, and their channel was measured
        sums = _sums(cut.of(reference), cut.of(candidate))
        scales = yardstick.scales(cut, sums.own)
        floors, rounding = known.floor, known.rounding
        if cut.kind == "output":
            floors = np.where(np.isfinite(floors), floors, floor)
            rounding = np.where(np.isfinite(rounding), rounding, 0.0)
        with np.errstate(all="ignore"):
            stored = STORED_ULPS[cut.kind] * _EPS * scales.peak
            relative = np.where(sums.max_abs <= stored, 0.0, sums.max_abs / scales.span)
            share = np.where(sums.rms == 0, 0.0, sums.rms / scales.deviation)
        if whole:  # the next whole number is another answer, however far they reach
            relative = np.where(sums.max_abs >= _STEP, math.inf, relative)
            share = np.where(sums.max_abs >= _STEP, math.inf, share)
        yield Measured(
            cut, sums.max_abs, sums.rms, sums.at, relative, share, floors, rounding, sums.own,
            sums.candidate_span, scales, stored, sums.candidate_rms, sums.candidate_peak,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    max_abs: Array
    rms: Array
    at: NDArray[np.intp]
    own: Spread
    candidate_span: Array
    candidate_rms: Array
    candidate_peak: Array


def _sums(reference: NDArray[Any], candidate: NDArray[Any]) -> _Sums:
    """Add up a few inputs at a time, in float64."""
    found = []
    for part in blocks(len(reference), reference[0].size):
        one, two = reference[part].astype(np.float64), candidate[part].astype(np.float64)
        own, high, low = spread_of(one), two.max(axis=2), two.min(axis=2)
        size, top = np.sqrt(np.square(two).mean(axis=2)), np.maximum(np.abs(high), np.abs(low))
        difference = np.abs(np.subtract(two, one, out=two), out=two)
        at = difference.argmax(axis=2)
        largest = np.take_along_axis(difference, at[..., None], axis=2)[..., 0]
        unit = np.where(largest > 0, largest, 1.0)  # no square overflows or vanishes
        rms = unit * np.sqrt(np.square(difference / unit[..., None]).mean(axis=2))
        found.append((largest, rms, at, own.deviation, own.span, own.peak, high - low, size, top))
    max_abs, rms, at, deviation, width, peak, *of_candidate = (
        np.concatenate(one) for one in zip(*found, strict=True)
    )
    return _Sums(max_abs, rms, at, Spread(deviation, width, peak), *of_candidate)


def part_drifts(
    reference: NDArray[Any],
    candidate: NDArray[Any],
    yardstick: Yardstick,
    *,
    inputs: Sequence[str] = (),
    floor: float = 0.0,
) -> tuple[PartDrift, ...]:
    """Return the parts that can decide; see :func:`measured`.

    Parameters
    ----------
    inputs : their names; without them they are numbered.
    """
    found = []
    for one in measured(reference, candidate, yardstick, floor=floor):
        for n, part in one.deciding():
            where = one.cut.index(part, int(one.at[n, part]), reference.shape[1:])
            share, span = float(one.share[n, part]), float(one.own.span[n, part])
            found.append(
                PartDrift(
                    kind=one.cut.kind,
                    part=part,
                    label=yardstick.label(one.cut, part),
                    input_name=inputs[n] if len(inputs) > n else f"input {n + 1}",
                    max_abs=float(one.max_abs[n, part]),
                    rms=float(one.rms[n, part]),
                    relative=float(one.relative[n, part]),
                    db=-20 * math.log10(share) if 0 < share < math.inf else _end(share),
                    floor=float(one.floor[part]),
                    rounding=float(one.rounding[part]),
                    worst=(n, *where),
                    reference=float(reference[(n, *where)]),
                    candidate=float(candidate[(n, *where)]),
                    flat=bool(one.candidate_span[n, part] < _FLAT * span),
                )
            )
    return tuple(found)


def _end(share: float) -> float:
    return math.inf if share == 0 else -math.inf
