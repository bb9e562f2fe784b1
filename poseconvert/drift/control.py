"""The smallest change of one channel that a comparison would have seen: planted, and looked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.channels import Array
from poseconvert.drift.outputs import compare_outputs
from poseconvert.drift.parts import Measured, measured
from poseconvert.drift.tolerances import Tolerance
from poseconvert.drift.yardstick import Yardstick

Planted = Literal["scaled channel", "shifted joint", "exchanged inputs"]

#: A comparison that would let a channel pass half as large again proves nothing.
BLIND = 0.5
# What is planted is this much more than the bound says must be seen: it is one of float64.
_MORE = 1.01
# What is stored in float32 grows by whole steps of it only.
_STEP = 2 * float(np.finfo(np.float32).eps)


@dataclass(frozen=True, slots=True)
class Control:
    """A change that was planted in a candidate that held.

    Attributes
    ----------
    planted : what was changed.
    where : in which output, channel or joint, and on which input.
    change : by which share; 0 where it has no size.
    seen : whether the same comparison broke; None where it could not be planted.
    reason : why it could not.
    quiet : channels that are so quiet on every input that not even half of one would be seen.
    """

    planted: Planted
    where: str
    change: float = 0.0
    seen: bool | None = None
    reason: str = ""
    quiet: int = 0

    @property
    def blind(self) -> bool:
        """Whether the comparison let the change pass, or could see no smaller one."""
        return self.seen is False or self.change > BLIND


@dataclass(frozen=True, slots=True)
class Visible:
    """The smallest scaling of one channel that must break parity.

    Attributes
    ----------
    share : by which a channel must grow at most; infinite where all of it is 0.
    output, label, kind, part, at : which channel, and the place of the input.
    """

    share: float
    output: str
    label: str
    kind: str
    part: int
    at: int


def visible_changes(
    reference: Mapping[str, NDArray[Any]],
    candidate: Mapping[str, NDArray[Any]],
    *,
    tolerance: Tolerance,
    yardsticks: Mapping[str, Yardstick],
    rounded: Mapping[str, NDArray[Any]] | None = None,
) -> list[Visible]:
    """Return how much of each channel is hidden, on the input that shows it best.

    Channels that are 0 on every input hide nothing and are left out.

    Parameters
    ----------
    rounded : what the reference answers with rounded weights, where that is compared as well.
    """
    found = []
    for name, values in reference.items():
        yardstick = yardsticks.get(name, Yardstick())
        cuts = _finest(measured(values, candidate[name], yardstick))
        exact = yardstick.of_float32
        again = measured(rounded[name], candidate[name], exact) if rounded else ()
        for one, other in zip_longest(cuts, _finest(again)):
            shares = _shares(one, tolerance)
            if other is not None:
                shares = np.minimum(shares, _shares(other, tolerance))
            best = shares.argmin(axis=0)
            for part, at in enumerate(best):
                share = float(shares[at, part])
                if math.isfinite(share):
                    label = yardstick.label(one.cut, part)
                    found.append(Visible(share, name, label, one.cut.kind, part, int(at)))
    return found


def _finest(cuts: Iterable[Measured]) -> list[Measured]:
    """Return the channels; of an output without channels its one value, else all of it."""
    found = list(cuts)
    fine = [one for one in found if (one.cut.kind, one.cut.parts) == ("value", 1)]
    return ([one for one in found if one.cut.kind == "channel"] or fine or found)[:1]


def _shares(one: Measured, tolerance: Tolerance) -> Array:
    """Bound, by the triangle inequality, the growth of each part that must be seen."""
    kind = one.cut.kind
    shares = np.full(one.rms.shape, math.inf)
    with np.errstate(all="ignore"):
        if tolerance.relative is not None:
            allowed = np.array([tolerance.allowed_relative(kind, x) or 0.0 for x in one.floor])
            room = np.maximum(allowed * one.scales.span, one.stored) + one.max_abs
            shares = np.fmin(shares, room / one.candidate_peak)
        if (tolerance.psnr_db if kind == "output" else tolerance.channel_db) is not None:
            least = np.array([tolerance.allowed_db(kind, x) or 0.0 for x in one.rounding])
            room = 10 ** (-least / 20) * one.scales.deviation + one.rms
            shares = np.fmin(shares, room / one.candidate_rms)
    return np.where(np.isnan(shares), math.inf, shares)


def scaled_channel(
    reference: Mapping[str, NDArray[Any]],
    candidate: Mapping[str, NDArray[Any]],
    *,
    tolerance: Tolerance,
    yardsticks: Mapping[str, Yardstick],
    inputs: tuple[str, ...],
    rounded: Mapping[str, NDArray[Any]] | None = None,
) -> Control:
    """Let the channel that hides most grow by what must be seen, and compare again.

    One that is quiet on every input (a flag that is off, an empty plane) is counted, and another
    is taken; where all of them are, the comparison is blind.

    Parameters
    ----------
    rounded : as of :func:`visible_changes`.
    """
    found = visible_changes(
        reference, candidate, tolerance=tolerance, yardsticks=yardsticks, rounded=rounded
    )
    loud = [one for one in found if _grown(one) <= BLIND]
    quiet = len(found) - len(loud) if loud else 0
    most = max(loud or found, key=lambda one: one.share, default=None)
    if most is None:
        return Control("scaled channel", "", reason="every channel is 0 on every input")
    one = slice(most.at, most.at + 1)
    # In float64: a millionth more is only a few units in the last place of float32.
    changed = np.array(candidate[most.output][one], np.float64)
    yardstick = yardsticks.get(most.output, Yardstick())
    cut = next(c for c in yardstick.cuts(changed.shape[1:]) if c.kind == most.kind)
    share = _grown(most)
    cut.of(changed)[0, most.part] *= 1 + share
    judged = [(reference, yardstick), *([(rounded, yardstick.of_float32)] if rounded else [])]
    again = [
        drift
        for expected, scales in judged
        for drift in compare_outputs(
            {most.output: expected[most.output][one]},
            {most.output: changed},
            tolerance=tolerance,
            yardsticks={most.output: scales},
            inputs=inputs[one],
        )
    ]
    label = f"{most.output}, {most.label}" if most.label else most.output
    where = f"{label} on {inputs[most.at]}"
    seen = any(one.reason for one in again)
    return Control("scaled channel", where, share, seen=seen, quiet=quiet)


def _grown(one: Visible) -> float:
    return one.share * _MORE + _STEP
