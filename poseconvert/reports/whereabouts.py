"""Where the ops of a package run, in words and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from poseconvert.mil.analysis.compute_plan import ComputePlan, LeftType
from poseconvert.mil.analysis.forecast import Forecast
from poseconvert.pipeline.inspect.whereabouts import Whereabouts
from poseconvert.reports.terminal import as_is, plain_table

if TYPE_CHECKING:
    from rich.console import Console

LEFT_HEADINGS = ("op that left", "runs on", "why")
LEFT_NUMBERS = ("ops", "of the work")
FORECAST_HEADINGS = ("forecast for", "not, or not known")
FORECAST_NUMBERS = ("could run", "of the work")
WORK = "Work is multiply-accumulates. A forecast says what could run; a plan, what would."
_TYPES = 4


def whereabouts_json(found: Whereabouts) -> dict[str, Any]:
    """Return the plan, if there is one, and the forecasts as strictly valid JSON values."""
    plan = found.plan
    return {
        "plan": None
        if plan is None
        else {
            "source": plan.source,
            "asked": plan.asked,
            "totals": dict(plan.totals),
            "left": [asdict(one) for one in found.left],
            "unnamed": plan.unnamed,
        },
        "forecast": [asdict(one) for one in found.forecasts],
    }


def print_whereabouts(found: Whereabouts, console: Console) -> None:
    """Print what left the Neural Engine by the plan, then the forecast of every family."""
    if found.plan is not None:
        for line in plan_lines(found.plan, found.left):
            console.print(as_is(line), soft_wrap=True)
        if found.left:
            table = plain_table(LEFT_HEADINGS, right=LEFT_NUMBERS)
            for row in left_rows(found.left):
                table.add_row(*map(as_is, row))
            console.print(table)
    table = plain_table(FORECAST_HEADINGS, right=FORECAST_NUMBERS)
    for row in forecast_rows(found.forecasts):
        table.add_row(*map(as_is, row))
    console.print(table)
    console.print(as_is(WORK), soft_wrap=True)


def plan_lines(plan: ComputePlan, left: tuple[LeftType, ...]) -> list[str]:
    """Say how many ops run where, and how much of the work left the Neural Engine."""
    asked = f" ({plan.asked})" if plan.asked else ""
    all_ops = sum(plan.totals.values())
    parts = ", ".join(f"{count} on {device}" for device, count in plan.totals.items())
    lines = [f"plan by {plan.source}{asked}: {all_ops} ops, {parts}"]
    if not left and not plan.unnamed:
        return [*lines, "no op left the Neural Engine"]
    if plan.unnamed:
        lines.append(f"{plan.unnamed} more ops left the Neural Engine, the file does not say which")
    elif all(one.least is not None for one in left):
        least = sum(one.least or 0 for one in left)
        most = min(1.0, sum(one.most or 0 for one in left))
        lines.append(f"left the Neural Engine: {_share(least, most)} of the multiply-accumulates")
    return lines


def left_rows(left: tuple[LeftType, ...]) -> tuple[tuple[str, ...], ...]:
    """Return a row of cells per type of op."""
    return tuple(
        (
            one.op,
            ", ".join(one.devices),
            "; ".join(one.why) or "the file does not say",
            f"{one.count}" if one.of is None else f"{one.count} of {one.of}",
            _share(one.least, one.most),
        )
        for one in left
    )


def forecast_rows(forecasts: tuple[Forecast, ...]) -> tuple[tuple[str, ...], ...]:
    """Return a row of cells per family of chips."""
    return tuple(_forecast_cells(one) for one in forecasts)


def _forecast_cells(one: Forecast) -> tuple[str, ...]:
    all_ops = sum(each.count for each in one.ops)
    share = one.share.get("yes")
    could = f"{one.count('yes')} of {all_ops}"
    if one.why and one.count("unknown") and not one.count("yes"):
        return one.chips, f"unknown: {one.why}", "unknown", "unknown"
    if one.count("no") == all_ops and one.why:
        return one.chips, one.why, could, "0 %"
    return one.chips, _exceptions(one), could, "unknown" if share is None else _percent(share)


def _exceptions(one: Forecast) -> str:
    parts = []
    reasons = dict.fromkeys(each.why for each in one.ops if each.verdict == "no")
    for why in reasons:
        names = [f"{e.op} {e.count}" for e in one.ops if e.verdict == "no" and e.why == why]
        parts.append(f"{_some(names)}: {why}")
    if names := [f"{e.op} {e.count}" for e in one.ops if e.verdict == "unknown"]:
        parts.append(f"unknown: {_some(names)}")
    return "; ".join(parts) or "nothing speaks against any"


def _some(names: list[str]) -> str:
    more = len(names) - _TYPES
    return ", ".join(names[:_TYPES]) + (f" and {more} more types" if more > 0 else "")


def _share(least: float | None, most: float | None) -> str:
    if least is None or most is None:
        return "unknown"
    if abs(most - least) < 1e-9:
        return _percent(least)
    return f"{_percent(least)} to {_percent(most)}"


def _percent(share: float) -> str:
    if share == 0:
        return "0 %"
    return (
        f"{100 * share:.1f} %"
        if 0.0005 <= share <= 0.9995 or share == 1
        else ("under 0.1 %" if share < 0.5 else "over 99.9 %")
    )
