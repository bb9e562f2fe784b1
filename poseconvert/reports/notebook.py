"""A result in a notebook: one line, and a small table that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from poseconvert.drift import Comparison
from poseconvert.errors import shortened
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.stage_rows import comparison_rows, stage_rows
from poseconvert.reports.summary import cause_sentences, reasons, verdict_line
from poseconvert.stages.stage import stage_title

if TYPE_CHECKING:  # it loads the runtimes, and arrays are shown without them
    from poseconvert.pipeline.chain.conversion import ConversionFolder

_SHOWN = 8
_COLOURS = {
    "held": "#1a7f37",
    "broken": "#cf222e",
    "not run": "#9a6700",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of a result.

    Attributes
    ----------
    verdict : its first word or two.
    line : what follows the verdict.
    headings, rows : of the table; no headings for labels with values.
    notes : sentences below it.
    """

    verdict: str
    line: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def card_line(card: Card) -> str:
    """Return a card as one line of at most 300 characters."""
    return shortened(f"{card.verdict}: {card.line}")


def card_html(card: Card) -> str:
    """Return a card as HTML: every text is escaped, nothing is loaded."""
    colour = _COLOURS.get(card.verdict, "inherit")
    said = f'<b style="color:{colour}">{_text(card.verdict)}</b>: {_text(card.line)}'
    head = f"<thead>{_row('th', card.headings)}</thead>" if card.headings else ""
    body = "".join(_row("td", row) for row in card.rows)
    table = f"<table>{head}<tbody>{body}</tbody></table>" if card.rows else ""
    return f"<div><p>{said}</p>{table}{_list(card.notes)}</div>"


def measurement_card(measurement: Measurement) -> Card:
    """Show the stages of a conversion, and why parity is not held."""
    line = verdict_line(measurement).partition(": ")[2]
    why = (*reasons(measurement), *cause_sentences(measurement), *measurement.left_out)
    rows = stage_rows(measurement)
    return Card(
        measurement.parity.value,
        line,
        ("stage", "runner", "output", "drift", "limit", "joints moved", "flips", "parity"),
        tuple(
            (
                stage_title(r.stage),
                r.runner,
                r.output,
                r.drift,
                r.allowed,
                r.moved,
                ", ".join(r.flips),
                r.parity,
            )
            for r in rows
        ),
        why,
    )


def conversion_card(verdict: str, conversion: ConversionFolder, package: str) -> Card:
    """Show what a conversion holds, and how its stages were judged."""
    manifest = conversion.manifest
    kept = len(manifest.keep_fp32)
    words = f"{package}, {manifest.precision}{f' with {kept} ops in fp32' if kept else ''}"
    facts = {
        "package": words,
        "target": manifest.target,
        **{f"input {name}": shape for name, shape in manifest.inputs.items()},
        **{f"output {name}": shape for name, shape in manifest.outputs.items()},
        **{f"{stage_title(row.stage)}, {row.candidate}": row.parity for row in manifest.parity},
    }
    line = f"{conversion.folder.name}, {words}, for {manifest.target}"
    return facts_card(verdict, line, facts, (*conversion.edited.values(), *manifest.notes))


def comparisons_card(verdict: str, comparisons: Sequence[Comparison]) -> Card:
    """Show arrays that were compared."""
    rows = tuple(
        (str(c.candidate), r.output, r.drift, r.allowed, r.moved, ", ".join(r.flips), r.parity)
        for c, r in zip(comparisons, comparison_rows(comparisons), strict=True)
    )
    why = tuple(f"{c.candidate}: {reason}" for c in comparisons for reason in c.reasons)
    drifts = "; ".join(
        f"{name} {drift or 'not measured'}" + (f", joints {moved}" if moved else "")
        for name, _, drift, _, moved, *_ in rows
    )
    headings = ("candidate", "output", "drift", "limit", "joints moved", "flips", "parity")
    return Card(verdict, drifts, headings, rows, why)


def facts_card(
    verdict: str, line: str, facts: Mapping[str, object], notes: Iterable[str] = ()
) -> Card:
    """Show labels with values."""
    rows = tuple((label, str(value)) for label, value in facts.items())
    return Card(verdict, line, (), rows, tuple(notes))


def _row(tag: str, cells: Iterable[str]) -> str:
    inside = "".join(f'<{tag} style="text-align:left">{_text(cell)}</{tag}>' for cell in cells)
    return f"<tr>{inside}</tr>"


def _list(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    shown = [*notes[:_SHOWN], *([f"and {len(notes) - _SHOWN} more"] if notes[_SHOWN:] else [])]
    return f"<ul>{''.join(f'<li>{_text(note)}</li>' for note in shown)}</ul>"


def _text(value: str) -> str:
    return escape(shortened(value))
