"""Choose the route to Core ML: the first whose float32 package is held to the graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from poseconvert.conversion.manifest import RouteRecord
from poseconvert.drift import Comparison, Parity
from poseconvert.errors import RouteError, StageError
from poseconvert.fields import Tried
from poseconvert.stages.advice import advice_for
from poseconvert.stages.coreml_options import Way


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one way to Core ML.

    Attributes
    ----------
    way : the route, and whether functions were expanded first.
    parity : of its float32 package: held, broken, or not run where there is no
        package or nothing could run it.
    made : whether there is a package.
    reason : why it is not held, in a sentence; empty when it is.
    output, drift, allowed : the output furthest outside its tolerance, its drift
        as a part of the range and what was allowed; None where not measured.
    """

    way: Way
    parity: Parity
    made: bool = True
    reason: str = ""
    output: str = ""
    drift: float | None = None
    allowed: float | None = None


def try_routes(
    ways: Iterable[Way],
    *,
    make: Callable[[Way], object],
    check: Callable[[], Comparison],
) -> tuple[Trial, ...]:
    """Try ways in order until one is held.

    Parameters
    ----------
    make : puts the float32 package of a way where ``check`` looks for it.
    check : compares that package with the graph.
    """
    trials: list[Trial] = []
    for way in ways:
        try:
            make(way)
        except RouteError as error:
            trials.append(Trial(way, Parity.NOT_RUN, made=False, reason=str(error)))
            continue
        trials.append(_judged(way, check()))
        if trials[-1].parity is Parity.HELD:
            break
    return tuple(trials)


def shipped(trials: Sequence[Trial]) -> Trial:
    """Return the trial whose package is used: held, else unproven, else the least broken.

    Raises
    ------
    StageError : no route made a package.
    """
    made = [trial for trial in trials if trial.made]
    if not made:
        why = "; ".join(f"{trial.way} {trial.reason}" for trial in trials)
        general = "Replace the op in the model, or report it to the converter."
        raise StageError(
            f"coreml_from_onnx: no route makes a package: {why}. {advice_for(why, general)}"
        )
    worth = {Parity.HELD: 0, Parity.NOT_RUN: 1, Parity.BROKEN: 2}

    def rank(trial: Trial) -> tuple[int, float]:
        return worth[trial.parity], float("inf") if trial.drift is None else trial.drift

    return min(made, key=rank)


def route_records(trials: Sequence[Trial]) -> tuple[RouteRecord, ...]:
    """Return the trials as the manifest keeps them, the shipped one marked."""
    used = shipped(trials)
    return tuple(
        RouteRecord(
            route=cast("Tried", str(trial.way)),
            shipped=trial is used,
            parity=trial.parity.value,
            reason=trial.reason,
            output=trial.output,
            drift=trial.drift,
            allowed=trial.allowed,
        )
        for trial in trials
    )


def _judged(way: Way, comparison: Comparison) -> Trial:
    tolerance = comparison.tolerance
    worst = max(comparison.outputs, key=lambda o: o.excess(tolerance), default=None)
    part = worst.decides(tolerance) if worst else None
    drift = part.relative if part else math.nan
    if part and math.isinf(drift) and worst and worst.drift:  # whole numbers
        drift = worst.drift.relative
    return Trial(
        way,
        comparison.parity,
        reason=comparison.reasons[0] if comparison.reasons else "",
        output=worst.output if worst else "",
        drift=drift if math.isfinite(drift) else None,  # JSON has no other word
        allowed=worst.allowed(tolerance) if worst else None,
    )
