"""A comparison as one page that needs no network and no scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from poseconvert.devices.compare import PhoneComparison
from poseconvert.devices.plot import fps_plot, legend
from poseconvert.devices.rows import (
    EFFECT_HEADINGS,
    EFFECT_NUMBERS,
    SIMULATED,
    UNIT_HEADINGS,
    UNIT_NUMBERS,
    PhoneTable,
    effect_rows,
    phone_tables,
    verdict,
)
from poseconvert.devices.run import PhoneRun
from poseconvert.devices.unit import UnitFacts

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid #ddd;
  white-space: pre-line; vertical-align: top; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: #444; }
.grid { stroke: #ccc; stroke-width: .5; }
.simulated { border: 2px solid #a23b2a; padding: .5rem 1rem; }
.key { display: inline-block; width: 1.2em; height: .3em; margin: 0 .4em 0 1em; }
"""


def page_html(
    title: str, heading: str, verdict: str, gaps: Iterable[str], body: str, *, simulated: bool
) -> str:
    """Return a whole page; ``title`` and ``body`` are HTML, names from files are escaped here."""
    banner = f'<p class="simulated"><strong>{SIMULATED}</strong></p>' if simulated else ""
    items = "".join(f"<li>{escape(gap)}</li>" for gap in gaps)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title>"
        f"<style>{_STYLE}</style></head><body><h1>{escape(heading)}</h1>{banner}"
        f"<p><strong>{escape(verdict)}</strong></p><ul>{items}</ul>{body}</body></html>\n"
    )


def comparison_html(found: PhoneComparison) -> str:
    """Return the page; every name from a file is escaped."""
    effects = table_html((*EFFECT_HEADINGS, *EFFECT_NUMBERS), effect_rows(found.effects))
    body = (
        f"<h2>What the Neural Engine and the chip did</h2>{effects}"
        "<p>The Neural Engine's effect compares one phone with itself. The chip's compares two"
        " phones whose systems differ too: neither can be had alone.</p>"
        f"{''.join(_phones(found))}"
    )
    return page_html(
        "poseconvert bench compare",
        "Two phones",
        verdict(found),
        found.gaps,
        body,
        simulated=found.simulated,
    )


def _phones(found: PhoneComparison) -> Iterable[str]:
    tables = zip(phone_tables(found), found.runs, found.rows, strict=True)
    for table, run, rows in tables:
        yield phone_html(table, run, rows)


def phone_html(table: PhoneTable, run: PhoneRun, rows: tuple[UnitFacts, ...]) -> str:
    """Return one phone's table and its frames per second over time."""
    keys = "".join(
        f'<span class="key" style="background:{colour}"></span>{escape(name)}'
        for name, colour in legend(rows)
    )
    plot = fps_plot(run, rows)
    drawn = f"<p>{keys}</p>{plot}" if plot else "<p>No sustained run counts.</p>"
    return (
        f"<h2>{escape(table.title)}</h2>"
        f"{table_html((*UNIT_HEADINGS, *UNIT_NUMBERS), table.rows)}{drawn}"
    )


def table_html(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; every cell is escaped."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
