"""One phone by itself: what each unit did, where its ops ran, and what was forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from poseconvert.conversion.manifest import read_manifest
from poseconvert.conversion.promise import package_of
from poseconvert.conversion.sha256 import digest
from poseconvert.devices.compare import Effect, float32_gaps
from poseconvert.devices.estimate import LEAST_RUNS, ratio_of
from poseconvert.devices.machines import UNKNOWN
from poseconvert.devices.result import Result
from poseconvert.devices.run import PhoneRun
from poseconvert.devices.unit import UnitFacts, unit_facts
from poseconvert.errors import DeviceError
from poseconvert.mil.analysis.compute_plan import ComputePlan, LeftType, left_by_type
from poseconvert.mil.analysis.forecast import Forecast, forecast
from poseconvert.mil.analysis.plan_files import harness_plan
from poseconvert.mil.package.program import Package
from poseconvert.mil.package.reader import read_package

_ENGINE = ("all", "cpuAndGPU")
_GPU = ("cpuAndGPU", "cpuOnly")


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """Where Core ML would run the ops of one model, asked for one unit.

    Attributes
    ----------
    model, units : of which.
    plan : as the phone says.
    left : types that left the Neural Engine; empty without the conversion, whose costs they need.
    """

    model: str
    units: str
    plan: ComputePlan
    left: tuple[LeftType, ...]


@dataclass(frozen=True, slots=True)
class PhoneReport:
    """What ``bench show`` says.

    Attributes
    ----------
    run : the test run.
    rows : one per model and unit.
    loads : of each (model, units) that was loaded, seconds by what they were spent on.
    effects : per model, what each kind of unit adds on this phone.
    plans : per model and unit, where iOS 17.4 or newer said.
    forecasts : per model whose conversion was given, of this phone's chip or of all.
    problems : why the run does not speak for the phone, one sentence each.
    notes : what else a reader should know.
    """

    run: PhoneRun
    rows: tuple[UnitFacts, ...]
    loads: Mapping[tuple[str, str], Mapping[str, float]]
    effects: tuple[Effect, ...]
    plans: tuple[UnitPlan, ...]
    forecasts: Mapping[str, tuple[Forecast, ...]]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def describe_phone(run: PhoneRun, conversions: Sequence[Path] = ()) -> PhoneReport:
    """Describe one phone.

    Parameters
    ----------
    conversions : of the models that ran, for the work of each op and the forecast.

    Raises
    ------
    DeviceError : a conversion holds none of the packages that ran.
    ConversionError, PackageError : a conversion is malformed.
    """
    packages = _packages(run, conversions)
    rows = unit_facts(run)
    return PhoneReport(
        run=run,
        rows=rows,
        loads={(r.model, r.units): r.values["load"] for r in run.results if r.values.get("load")},
        effects=tuple(_effects(run, rows)),
        plans=tuple(_unit_plan(r, packages) for r in run.results if r.kind == "plan" and r.valid),
        forecasts={name: _of_phone(run, forecast(one)) for name, one in packages.items()},
        problems=tuple(_problems(run, rows)),
        notes=(*_notes(rows), *float32_gaps(run)),
    )


def _packages(run: PhoneRun, conversions: Sequence[Path]) -> dict[str, Package]:
    ran = {result.values["model"]["sha256"]: result.model for result in run.results}
    found = {}
    for folder in conversions:
        place = folder / package_of(read_manifest(folder))
        name = ran.get(digest(place))
        if name is None:
            raise DeviceError(
                f"{folder}: none of the packages that ran on this phone ({', '.join(ran.values())})"
                " is its own. Give the conversion that ios-bundle was given."
            )
        found[name] = read_package(place)
    return found


def _unit_plan(result: Result, packages: Mapping[str, Package]) -> UnitPlan:
    try:
        plan = harness_plan(result.values)
    except (KeyError, ValueError) as error:
        raise DeviceError(
            f"{result.path}: a plan of a unit that is not known ({error}). Update poseconvert."
        ) from error
    package = packages.get(result.model)
    left = () if package is None else left_by_type(plan, package)
    return UnitPlan(result.model, result.units, plan, left)


def _effects(run: PhoneRun, rows: Sequence[UnitFacts]) -> list[Effect]:
    """Return what ``all`` adds to CPU and GPU, and the GPU to the CPU, where both ran."""
    rates = {(row.model, row.units): (row.model_rates, row.pipeline_rates) for row in rows}
    engine = (
        "Neural Engine, if it was used" if run.first.machine.soc == UNKNOWN else "Neural Engine"
    )
    kinds = [("GPU", _GPU)]
    if run.first.machine.soc != "A11":  # there all is cpuAndGPU
        kinds.insert(0, (engine, _ENGINE))
    return [
        Effect(
            model=model,
            name=name,
            over=over,
            under=under,
            model_only=ratio_of(rates[model, over][0], rates[model, under][0]),
            pipeline=ratio_of(rates[model, over][1], rates[model, under][1]),
        )
        for model in dict.fromkeys(row.model for row in rows)
        for name, (over, under) in kinds
        if (model, over) in rates and (model, under) in rates
    ]


def _of_phone(run: PhoneRun, found: tuple[Forecast, ...]) -> tuple[Forecast, ...]:
    """Return the forecast of the phone's chip; of every family where the chip is not known."""
    mine = tuple(one for one in found if one.chips == run.first.machine.soc)
    return mine or found


def _problems(run: PhoneRun, rows: Sequence[UnitFacts]) -> list[str]:
    found = ["simulated: a script made these numbers, no phone did"] if run.simulated else []
    for row in rows:
        place = f"{row.model} on {row.units}"
        if row.parity != "held":
            why = f" ({row.parity_reason})" if row.parity_reason else ""
            found.append(f"{place}: parity {row.parity}{why}, so it gets no fps")
    for result in run.results:
        reasons = result.values["validity"]["reasons"]
        if reasons and result.kind != "parity":
            place = f"{result.kind} of {result.model} on {result.units}, run {result.run + 1}"
            found.append(f"{place}: does not count ({', '.join(reasons)})")
    return found


def _notes(rows: Sequence[UnitFacts]) -> list[str]:
    found = []
    few = [row for row in rows if row.parity == "held" and len(row.pipeline_rates) < LEAST_RUNS]
    if any(row.pipeline_rates for row in few):
        found.append(f"fewer than {LEAST_RUNS} runs: the rates have no interval")
    if not any(row.longs for row in rows):
        found.append("no sustained run: what the phone does when it is warm is not known")
    return found
