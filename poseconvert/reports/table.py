"""A measurement on the terminal: stages, reasons, notes, the verdict; then ops if asked for."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

from poseconvert.drift import Parity
from poseconvert.drift.format import number
from poseconvert.drift.joints import Band
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.compress import compress_sentences
from poseconvert.reports.controls import control_sentences
from poseconvert.reports.joints import BAND_WORDS, JointRow, joint_rows, outlook_sentences
from poseconvert.reports.opinion import opinion_sentences
from poseconvert.reports.ops import identical, op_rows, op_sentences, title
from poseconvert.reports.routes import route_sentences
from poseconvert.reports.rules import note_sentences
from poseconvert.reports.summary import (
    PARITY_WORDS,
    StageRow,
    cause_sentences,
    counted,
    final_comparison,
    pixels,
    reasons,
    stage_rows,
    verdict_line,
)
from poseconvert.reports.terminal import as_is, plain_table, print_list
from poseconvert.stages.stage import stage_title

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from poseconvert.pipeline.chain.measurement import Localisation

_REASONS = 6
_LIMIT_WIDTH, _FLIPS_WIDTH = 16, 21  # with them the stage table fits 80 columns
_STYLES = {Parity.HELD: "bold green", Parity.BROKEN: "bold red", Parity.NOT_RUN: "bold yellow"}
_STAGE_HEADINGS = (
    "stage\n run by\n against\n name for --tolerance",
    "worst output\ndrift\nlimit\nfloat32 rounding",
    "joints moved\nflipped\ncould flip\n",
    "parity\n\n\n",
)


def print_measurement(measurement: Measurement, console: Console) -> None:
    """Print the stage table, why parity is not held, routes, sizes, notes, and the verdict.

    Words carry the verdict; colour only repeats them. Fits 80 columns.
    """
    table = plain_table(_STAGE_HEADINGS)
    styles = {PARITY_WORDS[parity]: style for parity, style in _STYLES.items()}
    for row in stage_rows(measurement):
        table.add_row(*_stage_cells(row), as_is(row.parity, styles[row.parity]))
        table.add_section()
    console.print(table)
    why = reasons(measurement)
    print_list(console, "why", why[:_REASONS])
    if (more := len(why) - _REASONS) > 0:
        console.print(as_is(f"     and {more} more, see parity.json or --json"))
    print_list(console, "route", route_sentences(measurement.manifest))
    print_list(console, "size", compress_sentences(measurement))
    print_list(console, "control", control_sentences(measurement))
    print_list(console, "note", measurement.manifest.notes)
    print_list(console, "note", note_sentences(measurement.firings))
    print_list(console, "second opinion", opinion_sentences(measurement.opinion))
    print_list(console, "cause", cause_sentences(measurement))
    console.print(as_is(verdict_line(measurement), _STYLES[measurement.parity]))


def print_joints(measurement: Measurement, console: Console) -> None:
    """Print the joints of the final comparison over all inputs, and which cannot flip on each."""
    final = final_comparison(measurement)
    if final is None:
        console.print("no joints were measured: the conversion has no decode spec, or nothing ran")
        return
    console.print(
        as_is(f"joints of {stage_title(final.stage)}, over {counted(len(final.inputs), 'input')}")
    )
    print_list(console, "joints", outlook_sentences(final.joints))
    rows = joint_rows(final.joints)
    for (band, head), group in groupby(rows, key=lambda row: (row.band, row.head)):
        console.print(_joint_table(band, head, list(group)))
        console.print()


def print_ops(found: Localisation, console: Console) -> None:
    """Print the ops that matter of every graph; fits 80 columns."""
    for graph in found.graphs:
        console.print()
        console.print(as_is(title(graph)))
        if not graph.reason and not identical(graph):
            table = plain_table(["", "op"], right=["local", "accum.", "moved at most"])
            for row in op_rows(graph):
                style = "bold red" if row.over else ""
                op = f"{row.op}, over tolerance" if row.over else row.op
                cells = (row.depth, op, row.local, row.accumulated, row.moved)
                table.add_row(*(as_is(cell, style) for cell in cells))
            console.print(table)
        print_list(console, "ops", op_sentences(graph))


def _stage_cells(row: StageRow) -> list[Text]:
    title = stage_title(row.stage)
    stage = [title]
    if row.runner:
        stage += [f" {row.runner}", f" against {row.against}"]
    if title != row.stage:
        stage.append(f" {row.stage}")
    flips = [line for words in row.flips for line in wrap(words, _FLIPS_WIDTH)]
    limit = wrap(row.allowed, _LIMIT_WIDTH)
    columns = (stage, (row.output, row.drift, *limit, row.floor), (row.moved, *flips))
    return [as_is("\n".join(lines)) for lines in columns]


def _joint_table(band: Band, head: str, rows: list[JointRow]) -> Table:
    depth = (
        {"max\nbins": [pixels(row.max_depth_cells or 0) for row in rows]} if head == "3d" else {}
    )
    columns = {
        "inputs": [str(row.inputs) for row in rows],
        "max\npx": [pixels(row.max_px) for row in rows],
        **depth,
        "score\ndrift": [f"{max(row.score_drift, key=abs):+.3f}" for row in rows],
        "least\nmargin": [number(row.least_margin) for row in rows],
        "cannot\nflip": [str(row.cannot_flip) for row in rows],
        "could\nflip": [str(row.could_flip) for row in rows],
        "flipped": [str(row.flipped) for row in rows],
    }
    table = plain_table([f"{BAND_WORDS[band]} joint\n({head} head)"], right=columns)
    for row, *cells in zip(rows, *columns.values(), strict=True):
        lost = row.flipped and band == "visible"
        table.add_row(as_is(row.joint), *cells, style="bold red" if lost else "")
    return table
