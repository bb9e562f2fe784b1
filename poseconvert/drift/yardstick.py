"""What the drift of each part of an output is measured against: made of stored inputs alone.

Never of the inputs that are judged: a picture's verdict would depend on its neighbours then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.channels import Array, Cut, Kind, Spread, cuts_of, spread_of, spread_over
from poseconvert.drift.tolerances import (
    CONSTANT,
    FLOOR_FACTOR,
    OP_DEVIATION,
    QUIET,
    ROUNDING_FACTORS,
    STORED_HALF,
)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """One cut of one output, as it was on the stored inputs: arrays (parts,).

    Attributes
    ----------
    spread : over all of those inputs together.
    floor : float32 noise of each part, as a share of its span; infinite where it is not known.
    rounding : rms that rounding the weights to float16 gives, as a share of its deviation, of its
        peak for the whole output; infinite where it is not known.
    """

    spread: Spread
    floor: Array
    rounding: Array


@dataclass(frozen=True, slots=True, eq=False)
class Yardstick:
    """What an output is measured against.

    Attributes
    ----------
    parts : by kind of cut; empty where nothing was stored.
    op_span : how far the op that gives the output can go, such as 1 for a sigmoid; 0: any.
    groups, labels : parts of the first axis that belong together, and what they are called.
    """

    parts: Mapping[Kind, Parts] = field(default_factory=dict)
    op_span: float = 0.0
    groups: int = 0
    labels: Sequence[str] = ()

    @property
    def of_float32(self) -> Yardstick:
        """What two programs that compute the same in float32 are judged by: its noise alone."""
        return replace(self, parts={kind: _exact(kind, one) for kind, one in self.parts.items()})

    def cuts(self, shape: Sequence[int]) -> tuple[Cut, ...]:
        """Say how an output of one input is cut."""
        return cuts_of(shape, groups=self.groups)

    def label(self, cut: Cut, part: int) -> str:
        """Call a part by its name."""
        if cut.kind == "output":
            return ""
        named = cut.kind == "channel" and len(self.labels) == cut.parts
        return self.labels[part] if named else f"{cut.kind} {part}"

    def known(self, cut: Cut) -> Parts:
        """Return what was stored of a cut; nothing of it where nothing fits."""
        found = self.parts.get(cut.kind)
        return found if found and found.floor.size == cut.parts else _nothing(cut)

    def scales(self, cut: Cut, own: Spread) -> Spread:
        """Return (N, parts): what the drift of each part on each input is a share of.

        Parameters
        ----------
        own : of the reference on the inputs that are judged, measured one by one.
        """
        stored = self.known(cut).spread
        peak = np.maximum(own.peak, stored.peak)
        if cut.kind == "output":
            span = np.maximum(own.span, stored.span)
            most = np.maximum(peak, self.op_span)
            return Spread(most, _least(span, self.op_span, peak), peak)
        if cut.kind == "value" and not np.any(stored.span):
            return Spread(own.peak, own.peak, own.peak)
        deviation = _beside(np.maximum(own.deviation, stored.deviation))
        span = _beside(np.maximum(own.span, stored.span))
        return Spread(
            _least(deviation, OP_DEVIATION * self.op_span, peak),
            _least(span, self.op_span, peak),
            peak,
        )


def _exact(kind: Kind, parts: Parts) -> Parts:
    """Put the noise of float32, a share of the span, where that of float16 weights stands."""
    spread = parts.spread
    scale = spread.peak if kind == "output" else spread.deviation
    with np.errstate(all="ignore"):
        share = np.where(scale > 0, parts.floor * spread.span / scale, 0.0)
    return replace(parts, rounding=FLOOR_FACTOR / ROUNDING_FACTORS[kind] * share)


def _least(found: Array, allowed_by_op: float, peak: Array) -> Array:
    """Take what the op can do where a part is quiet, its magnitude where it never varies."""
    found = np.maximum(found, allowed_by_op)
    return np.where(found <= CONSTANT * peak, peak, found)


def _beside(found: Array) -> Array:
    """Let no part be quieter than a small share of the most active part of its output."""
    least: Array = QUIET * found.max(axis=1, keepdims=True)
    return np.maximum(found, least)


def _nothing(cut: Cut) -> Parts:
    zero = np.zeros(cut.parts)
    return Parts(Spread(zero, zero, zero), *_unknown(cut))


def yardstick_of(
    reference: NDArray[Any],
    *,
    moved: Iterable[NDArray[Any]] = (),
    rounded: NDArray[Any] | None = None,
    op_span: float = 0.0,
    groups: int = 0,
    labels: Sequence[str] = (),
) -> Yardstick:
    """Measure a reference's output on the inputs that are stored, (N, ...).

    Parameters
    ----------
    moved : the same, of the first inputs at least, with other float32 arithmetic.
    rounded : the same with other weights, as far away as those of float16.
    """
    empty = Yardstick({}, op_span, groups, labels)
    if not reference.size or not np.isfinite(reference).all():
        return empty
    found: dict[Kind, Parts] = {}
    others = list(moved)
    for cut in empty.cuts(reference.shape[1:]):
        parts = cut.of(reference)
        over = spread_over(parts)
        if cut.kind == "value" and len(reference) < 2:
            continue  # one answer says nothing of how much it varies
        bare = Yardstick({cut.kind: Parts(over, *_unknown(cut))}, op_span, groups)
        scales = bare.scales(cut, spread_of(parts))
        floor = _most(parts, [cut.of(one) for one in others], scales.span, rms=False)
        rounds = [] if rounded is None else [cut.of(rounded)]
        rounding = _most(parts, rounds, scales.deviation, rms=True)
        stored = STORED_HALF / ROUNDING_FACTORS[cut.kind] * (scales.peak / scales.deviation).max(0)
        rounding = np.maximum(rounding, stored)  # a drawn change may be none by chance
        over = Spread(*map(_short, (over.deviation, over.span, over.peak)))
        found[cut.kind] = Parts(over, _short(floor), _short(rounding))
    return Yardstick(found, op_span, groups, labels)


def _short(values: Array) -> Array:
    """Round to six digits, as they are stored: a verdict is the same before and after."""
    return np.array([float(f"{value:.6g}") for value in values])


def _unknown(cut: Cut) -> tuple[Array, Array]:
    return np.full(cut.parts, math.inf), np.full(cut.parts, math.inf)


def _most(parts: NDArray[Any], others: Sequence[NDArray[Any]], scale: Array, *, rms: bool) -> Array:
    """Return (parts,): the largest share of its scale by which another run differs."""
    if not others:
        return np.full(parts.shape[1], math.inf)
    most = np.zeros(parts.shape[1])
    for other in others:
        count = len(other)
        with np.errstate(all="ignore"):
            difference = np.abs(other.astype(np.float64) - parts[:count])
            size = np.sqrt(np.square(difference).mean(axis=2)) if rms else difference.max(axis=2)
            share = np.where(size == 0, 0.0, size / scale[:count])
        most = np.maximum(most, np.nan_to_num(share, nan=math.inf).max(axis=0))
    return most
