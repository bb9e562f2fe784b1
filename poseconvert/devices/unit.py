"""What one model did on one compute unit of one phone, over all runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseconvert.devices.estimate import LEAST_RUNS, Estimate, mean_of
from poseconvert.devices.result import Result, Sustained
from poseconvert.devices.run import PhoneRun

_FAIR = ("fair", "serious", "critical")
_SERIOUS = ("serious", "critical")


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """One row of a comparison.

    Attributes
    ----------
    model, units, effective : what was run, what was asked for, what the phone can have used.
    parity : ``held``, ``broken`` or ``not run``; a unit whose parity is not held gets no fps.
    parity_reason : the first reason it is not held.
    flips, max_px : of the parity run's joints; None where it has none.
    runs : bursts that count, and all of them.
    model_rates, pipeline_rates : fps of each burst that counts, by run.
    p50_ms, p90_ms : of the model alone, means over bursts.
    longs : sustained runs that count.
    invalid : every reason why a run does not count, each once.
    """

    model: str
    units: str
    effective: str
    parity: str
    parity_reason: str
    flips: int | None
    max_px: float | None
    runs: tuple[int, int]
    model_rates: tuple[float, ...]
    pipeline_rates: tuple[float, ...]
    p50_ms: float | None
    p90_ms: float | None
    longs: tuple[Sustained, ...]
    invalid: tuple[str, ...]

    @property
    def model_fps(self) -> Estimate | None:
        """Of the model alone."""
        return mean_of(self.model_rates)

    @property
    def pipeline_fps(self) -> Estimate | None:
        """Of preparing, predicting and decoding."""
        return mean_of(self.pipeline_rates)

    @property
    def fps_first(self) -> Estimate | None:
        """Of the first 30 seconds of the sustained runs."""
        return mean_of([run.fps_first for run in self.longs if run.fps_first is not None])

    @property
    def fps_last(self) -> Estimate | None:
        """Of their last 60 seconds."""
        return mean_of([run.fps_last for run in self.longs if run.fps_last is not None])

    @property
    def sustained_ratio(self) -> Estimate | None:
        """``fps_last / fps_first`` of each run."""
        return mean_of(
            [
                run.fps_last / run.fps_first
                for run in self.longs
                if run.fps_first and run.fps_last is not None
            ]
        )

    @property
    def to_fair(self) -> float | None:
        """Seconds until the phone was fair or hotter, median over runs; None if one never was."""
        return _median([run.seconds_to(_FAIR) for run in self.longs])

    @property
    def to_serious(self) -> float | None:
        """The same for serious."""
        return _median([run.seconds_to(_SERIOUS) for run in self.longs])

    @property
    def gaps(self) -> tuple[str, ...]:
        """Why this row is not established, one sentence each."""
        place = f"{self.model} on {self.units}"
        if self.parity != "held":
            why = f" ({self.parity_reason})" if self.parity_reason else ""
            return (f"{place}: parity {self.parity}{why}, so it gets no fps",)
        gaps = []
        for kind, count in (("burst", len(self.pipeline_rates)), ("sustained", len(self.longs))):
            if count < LEAST_RUNS:
                gaps.append(f"{place}: {count} valid {kind} runs, {LEAST_RUNS} are needed")
        return tuple(gaps)


def unit_facts(run: PhoneRun) -> tuple[UnitFacts, ...]:
    """Return a row for every model and unit of a test run."""
    return tuple(_facts(run, model, units) for model, units in run.places)


def _facts(run: PhoneRun, model: str, units: str) -> UnitFacts:
    parity = run.of("parity", model, units)
    verdict, reason = _verdict(parity)
    judged = parity[0].values.get("parity") if parity else None
    bursts = run.of("latency", model, units)
    longs = run.of("sustained", model, units)
    counts = [r for r in bursts if r.valid] if verdict == "held" else []
    everything = (*parity, *bursts, *longs)
    return UnitFacts(
        model=model,
        units=units,
        effective=str(everything[0].values["compute_units"]["effective"]) if everything else "",
        parity=verdict,
        parity_reason=reason,
        flips=judged["joints"]["flips"] if judged else None,
        max_px=judged["joints"].get("max_px") if judged else None,
        runs=(len(counts), len(bursts)),
        model_rates=tuple(r.values["latency"]["fps"] for r in counts),
        pipeline_rates=tuple(r.values["pipeline"]["fps"] for r in counts),
        p50_ms=_milliseconds(counts, "p50_us"),
        p90_ms=_milliseconds(counts, "p90_us"),
        longs=tuple(r.sustained for r in longs if r.valid and r.sustained and verdict == "held"),
        invalid=tuple(
            dict.fromkeys(reason for r in everything for reason in r.values["validity"]["reasons"])
        ),
    )


def _verdict(parity: Sequence[Result]) -> tuple[str, str]:
    """Held only where every parity result is valid, compared something, and held."""
    if not parity:
        return "not run", ""
    for result in parity:
        found = result.values.get("parity")
        if found is None or not result.valid or not found["inputs"] or not found["per_output"]:
            reasons = found["reasons"] if found else []
            return "not run", reasons[0] if reasons else result.values["validity"].get("detail", "")
        if not found["pass"] or found["reasons"]:
            return "broken", next(iter(found["reasons"]), "")
    return "held", ""


def _milliseconds(results: Sequence[Result], key: str) -> float | None:
    found = [result.values["latency"][key] / 1e3 for result in results]
    return float(np.mean(found)) if found else None


def _median(times: Sequence[float | None]) -> float | None:
    known = [time for time in times if time is not None]
    return float(np.median(known)) if known and len(known) == len(times) else None
