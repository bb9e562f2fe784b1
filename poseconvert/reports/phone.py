"""One phone on the terminal, as a page and as JSON: the same cells in all three."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from poseconvert.devices import rows
from poseconvert.devices.page import page_html, phone_html, table_html
from poseconvert.devices.phone import PhoneReport, UnitPlan
from poseconvert.reports import whereabouts
from poseconvert.reports.terminal import as_is, plain_table, print_list, terminal

SCHEMA = "poseconvert.bench-show.v1"
LOAD_HEADINGS = ("loading", "compile", "first load", "load again", "first prediction")
_LOADS = ("compile_s", "first_load_s", "second_load_s", "first_prediction_s")
_Table = tuple[Sequence[str], Sequence[str], Sequence[Sequence[str]]]


def verdict(found: PhoneReport) -> str:
    """Say in one line whether parity held on every unit and every result counts."""
    if not found.problems:
        return "held: every unit gives the joints that the conversion promised"
    broken = sorted({row.parity for row in found.rows} - {"held"})
    count = len(found.problems)
    what = f"parity {' and '.join(broken)}" if broken else "parity held, but not all of it counts"
    return f"{what}: {count} {'reason' if count == 1 else 'reasons'}"


def phone_report_json(found: PhoneReport) -> dict[str, Any]:
    """Return the report as strictly valid JSON values, ``schema`` first."""
    return {
        "schema": SCHEMA,
        "simulated": found.run.simulated,
        "verdict": verdict(found),
        "problems": list(found.problems),
        "notes": list(found.notes),
        "phone": rows.phone_json(found.run, found.rows),
        "loads": [
            {"model": model, "units": units, **times}
            for (model, units), times in found.loads.items()
        ],
        "effects": [asdict(effect) for effect in found.effects],
        "plans": [
            {
                "model": one.model,
                "units": one.units,
                "totals": dict(one.plan.totals),
                "left": [asdict(left) for left in one.left],
            }
            for one in found.plans
        ],
        "forecasts": [
            {"model": model, "families": [asdict(one) for one in families]}
            for model, families in found.forecasts.items()
        ],
    }


def print_phone(found: PhoneReport) -> None:
    """Print the phone's units, and what else is known of it."""
    with terminal() as console:
        phone = rows.phone_table(found.run, found.rows)
        console.print(as_is(phone.title))
        units = (rows.UNIT_HEADINGS, rows.UNIT_NUMBERS, phone.rows)
        for left, right, cells in (units, *_tables(found)):
            table = plain_table(left, right=right)
            for row in cells:
                table.add_row(*map(as_is, row))
            console.print(table)
        for one in found.plans:
            for line in _plan_lines(one):
                console.print(as_is(line), soft_wrap=True)
        print_list(console, "why", found.problems)
        print_list(console, "note", found.notes)
        if found.run.simulated:
            console.print(as_is(rows.SIMULATED))
        console.print(as_is(verdict(found)))


def phone_report_html(found: PhoneReport) -> str:
    """Return a page that needs no network and no scripts; names from files are escaped."""
    tables = "".join(table_html((*left, *right), cells) for left, right, cells in _tables(found))
    plans = "".join(f"<p>{escape(line)}</p>" for one in found.plans for line in _plan_lines(one))
    notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
    work = f"<p>{escape(whereabouts.WORK)}</p>" if found.forecasts or found.plans else ""
    phone = phone_html(rows.phone_table(found.run, found.rows), found.run, found.rows)
    return page_html(
        "poseconvert bench show",
        "One phone",
        verdict(found),
        found.problems,
        f"{phone}<h2>What else is known</h2>{tables}{plans}{work}<ul>{notes}</ul>",
        simulated=found.run.simulated,
    )


def _tables(found: PhoneReport) -> list[_Table]:
    """Return load times, effects, what left the Neural Engine, and forecasts, if there are any."""
    tables: list[_Table] = []
    if found.loads:
        tables.append((LOAD_HEADINGS[:1], LOAD_HEADINGS[1:], _load_rows(found)))
    if found.effects:
        cells = rows.effect_rows(found.effects)
        tables.append((rows.EFFECT_HEADINGS, rows.EFFECT_NUMBERS, cells))
    tables += [
        (whereabouts.LEFT_HEADINGS, whereabouts.LEFT_NUMBERS, whereabouts.left_rows(one.left))
        for one in found.plans
        if one.left
    ]
    for families in found.forecasts.values():
        cells = whereabouts.forecast_rows(families)
        tables.append((whereabouts.FORECAST_HEADINGS, whereabouts.FORECAST_NUMBERS, cells))
    return tables


def _load_rows(found: PhoneReport) -> list[tuple[str, ...]]:
    return [
        (f"{model}, {units}", *(f"{times[key]:.2f} s" for key in _LOADS))
        for (model, units), times in found.loads.items()
    ]


def _plan_lines(one: UnitPlan) -> list[str]:
    place = f"{one.model} on {one.units}"
    return [f"{place}: {line}" for line in whereabouts.plan_lines(one.plan, one.left)]
