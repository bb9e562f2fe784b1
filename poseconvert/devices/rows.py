"""A comparison in words: the cells that the terminal and the page both show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from poseconvert.devices.compare import Effect, PhoneComparison
from poseconvert.devices.estimate import Estimate
from poseconvert.devices.run import PhoneRun
from poseconvert.devices.unit import UnitFacts

SCHEMA = "poseconvert.bench-compare.v1"
SIMULATED = "SIMULATED: no phone gave these numbers; a script made them."
NONE = "-"

UNIT_HEADINGS = ("model\nunits",)
UNIT_NUMBERS = (
    "parity\nflips",
    "model fps\np50/p90 ms",
    "pipeline fps\n95 %",
    "sustained\nratio",
    "to fair\nserious",
    "valid\nruns",
)
EFFECT_HEADINGS = ("effect", "ratio of")
EFFECT_NUMBERS = ("model", "pipeline")


@dataclass(frozen=True, slots=True)
class PhoneTable:
    """One phone: its title, and a row of cells per model and unit."""

    title: str
    rows: tuple[tuple[str, ...], ...]


def phone_tables(found: PhoneComparison) -> tuple[PhoneTable, ...]:
    """Return a table per phone, in the order they were given."""
    return tuple(phone_table(run, rows) for run, rows in zip(found.runs, found.rows, strict=True))


def phone_table(run: PhoneRun, rows: tuple[UnitFacts, ...]) -> PhoneTable:
    """Return the table of one phone."""
    return PhoneTable(run.title, tuple(_unit_cells(row) for row in rows))


def effect_rows(effects: Iterable[Effect]) -> tuple[tuple[str, ...], ...]:
    """Return a row of cells per effect."""
    return tuple(
        (
            f"{effect.model}: {effect.name}",
            f"{effect.over} / {effect.under}",
            _times(effect.model_only),
            _times(effect.pipeline),
        )
        for effect in effects
    )


def verdict(found: PhoneComparison) -> str:
    """Say in one line whether everything is established."""
    if not found.gaps:
        return "established: parity held on every unit, every number from 3 runs or more"
    count = len(found.gaps)
    return f"not established, for {count} {'reason' if count == 1 else 'reasons'}"


def comparison_json(found: PhoneComparison) -> dict[str, Any]:
    """Return the comparison as strictly valid JSON values, ``schema`` first."""
    return {
        "schema": SCHEMA,
        "simulated": found.simulated,
        "established": not found.gaps,
        "gaps": list(found.gaps),
        "phones": [phone_json(run, rows) for run, rows in zip(found.runs, found.rows, strict=True)],
        "effects": [asdict(effect) for effect in found.effects],
    }


def phone_json(run: PhoneRun, rows: tuple[UnitFacts, ...]) -> dict[str, Any]:
    """Return one phone and its units as JSON values."""
    return {
        "folder": str(run.folder),
        "run_id": run.first.values["run_id"],
        "name": run.first.machine.name,
        "device": run.device,
        "build": run.first.values["build"],
        "units": [_unit_json(row) for row in rows],
    }


def _unit_json(row: UnitFacts) -> dict[str, Any]:
    estimates = {
        name: getattr(row, name)
        for name in ("model_fps", "pipeline_fps", "fps_first", "fps_last", "sustained_ratio")
    }
    return {
        "model": row.model,
        "units": row.units,
        "effective": row.effective,
        "parity": row.parity,
        "parity_reason": row.parity_reason,
        "flips": row.flips,
        "max_px": row.max_px,
        "valid_bursts": row.runs[0],
        "bursts": row.runs[1],
        "valid_sustained": len(row.longs),
        "p50_ms": row.p50_ms,
        "p90_ms": row.p90_ms,
        **{name: asdict(value) if value else None for name, value in estimates.items()},
        "seconds_to_fair": row.to_fair,
        "seconds_to_serious": row.to_serious,
        "invalid": list(row.invalid),
    }


def _unit_cells(row: UnitFacts) -> tuple[str, ...]:
    units = row.units if row.units == row.effective else f"{row.units}\n  ={row.effective}"
    latencies = f"{row.p50_ms:.1f}/{row.p90_ms:.1f}" if row.p50_ms and row.p90_ms else NONE
    ends = " -> ".join(_number(end) for end in (row.fps_first, row.fps_last))
    return (
        f"{row.model}\n  {units}",
        f"{row.parity}\n{NONE if row.flips is None else row.flips}",
        f"{_number(row.model_fps)}\n{latencies}",
        f"{_number(row.pipeline_fps)}\n{_interval(row.pipeline_fps)}",
        f"{ends}\n{_number(row.sustained_ratio, digits=2)}",
        f"{_seconds(row.to_fair)}\n{_seconds(row.to_serious)}",
        f"{row.runs[0]} of {row.runs[1]}\n{', '.join(row.invalid) or 'all'}",
    )


def _times(found: Estimate | None) -> str:
    return NONE if found is None else f"{found.value:.2f}x {_interval(found, digits=2)}".rstrip()


def _number(found: Estimate | None, *, digits: int = 1) -> str:
    return NONE if found is None else f"{found.value:.{digits}f}"


def _interval(found: Estimate | None, *, digits: int = 1) -> str:
    if found is None or found.low is None or found.high is None:
        return NONE
    return f"{found.low:.{digits}f}-{found.high:.{digits}f}"


def _seconds(time: float | None) -> str:
    return "never" if time is None else f"{time:.0f} s"
