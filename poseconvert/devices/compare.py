"""Two phones side by side, and what the Neural Engine and the chip each did."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.devices.estimate import Estimate, ratio_of
from poseconvert.devices.run import PhoneRun
from poseconvert.devices.schema import shown
from poseconvert.devices.unit import UnitFacts, unit_facts
from poseconvert.errors import DeviceError

_NOTHING: tuple[tuple[float, ...], tuple[float, ...]] = (), ()


@dataclass(frozen=True, slots=True)
class Effect:
    """One ratio of two rates.

    Attributes
    ----------
    model : which model.
    name : what the ratio shows, in words.
    over, under : what is divided by what.
    model_only, pipeline : ratio of the model's fps alone and of the pipeline's; None where a side
        has no valid run.
    """

    model: str
    name: str
    over: str
    under: str
    model_only: Estimate | None
    pipeline: Estimate | None


@dataclass(frozen=True, slots=True)
class PhoneComparison:
    """What ``bench compare`` found.

    Attributes
    ----------
    runs : the A12's and the A11's test run.
    rows : per phone, one per model and unit.
    effects : per model, the Neural Engine's and the chip's.
    gaps : why something is not established, one sentence each.
    """

    runs: tuple[PhoneRun, PhoneRun]
    rows: tuple[tuple[UnitFacts, ...], tuple[UnitFacts, ...]]
    effects: tuple[Effect, ...]
    gaps: tuple[str, ...]

    @property
    def simulated(self) -> bool:
        """Whether no phone gave these numbers."""
        return any(run.simulated for run in self.runs)


def compare_phones(newer: PhoneRun, older: PhoneRun) -> PhoneComparison:
    """Compare the results of an A12 with those of an A11.

    The Neural Engine's effect is A12 all over A12 cpuAndGPU: one phone, one iOS. The chip's is A12
    cpuAndGPU over A11 cpuAndGPU, and an A11 ends at iOS 16: the chip and the system together.

    Raises
    ------
    DeviceError : the phones are in the wrong order, or the runs cannot be compared.
    """
    for run, soc in ((newer, "A12"), (older, "A11")):
        if run.first.machine.soc != soc:
            raise DeviceError(
                f"{run.folder}: from {run.first.machine.name} ({run.first.machine.chip}), an {soc}"
                " is expected here. Give the A12's folder first, then the A11's; for one phone of"
                f" any kind: poseconvert bench show {run.folder}"
            )
    if newer.simulated != older.simulated:
        raise DeviceError(
            f"{newer.folder}: simulated and real results do not compare. Give two real ones, or"
            " two simulated ones."
        )
    _check_packages(newer, older)
    rows = unit_facts(newer), unit_facts(older)
    effects = _effects(newer, older, rows)
    gaps = ["simulated: a script made these numbers, no phone did"] if newer.simulated else []
    gaps += [
        f"{run.first.machine.soc}: {gap}"
        for run, facts in zip((newer, older), rows, strict=True)
        for row in facts
        for gap in row.gaps
    ]
    gaps += float32_gaps(newer)
    gaps += [
        f"{effect.model}: {effect.name} is not established"
        for effect in effects
        if effect.pipeline is None or effect.pipeline.low is None
    ]
    return PhoneComparison((newer, older), rows, effects, tuple(gaps))


def float32_gaps(run: PhoneRun) -> list[str]:
    """Name models that the Neural Engine never runs, whatever it is asked."""
    names = {r.model for r in run.results if r.values["model"]["precision"] == "fp32"}
    return [
        f"{name}: a float32 package, which the Neural Engine never runs" for name in sorted(names)
    ]


def _check_packages(newer: PhoneRun, older: PhoneRun) -> None:
    packages = {result.model: result for result in newer.results}
    for result in older.results:
        other = packages.get(result.model)
        if other and other.values["model"]["sha256"] != result.values["model"]["sha256"]:
            raise DeviceError(
                f"{result.path}: another package named {shown(result.model)} than in {other.path}."
                " Run the same bundle on both phones."
            )


def _effects(
    newer: PhoneRun, older: PhoneRun, rows: tuple[tuple[UnitFacts, ...], ...]
) -> tuple[Effect, ...]:
    facts = {
        (soc, row.model, row.units): (row.model_rates, row.pipeline_rates)
        for soc, side in zip(("A12", "A11"), rows, strict=True)
        for row in side
    }
    both = f"iOS {newer.device['os']} over iOS {older.device['os']}"
    kinds = (
        ("Neural Engine", ("A12", "all"), ("A12", "cpuAndGPU")),
        (f"chip and system ({both})", ("A12", "cpuAndGPU"), ("A11", "cpuAndGPU")),
    )
    found = []
    for model in dict.fromkeys(row.model for side in rows for row in side):
        for name, over, under in kinds:
            above = facts.get((over[0], model, over[1]), _NOTHING)
            below = facts.get((under[0], model, under[1]), _NOTHING)
            found.append(
                Effect(
                    model=model,
                    name=name,
                    over=" ".join(over),
                    under=" ".join(under),
                    model_only=ratio_of(above[0], below[0]),
                    pipeline=ratio_of(above[1], below[1]),
                )
            )
    return tuple(found)
