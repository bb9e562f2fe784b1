"""An evaluation on the terminal, and as JSON of schema ``poseconvert.evaluation.v1``.

Numbers that JSON cannot hold are null; field by field::

    schema            "poseconvert.evaluation.v1"; changes when a field changes its meaning
    dataset, people   its name, and how many of its people were judged
    visible, hidden   joints the dataset calls visible, and known ones that it does not
    notes             what a reader must know, in sentences
    basis             dataset, protocol and preprocessing: the SHA-256 of each, and what can be said
                      of it; two evaluations are compared where all three are the same
    since             with --against: each metric now and in the earlier evaluation, else null
    model, precision, keep_fp32, target, versions
                      of the conversion, as in poseconvert.parity.v1
    artifacts         in the order of the chain; the first that ran is the reference
      artifact, label, reason
                      what ran and by what; the label is "" and the reason not, if nothing did
      scores
        head, metric  "2d" or "3d"; "PCK@0.1", "PCK@0.2", "PCKh@0.5", "OKS-AP", "MPJPE", "P-MPJPE"
        value, interval
                      a share, of the body height for MPJPE; 95 % bootstrap interval over people
        change, change_interval
                      minus the reference's, on the same people drawn
      movements       from the reference, in pixels of the network's input
        head, joints  "2d" or "3d", "visible" or "hidden"; "of people" of several, whose flips
                      are people whom one side alone has
        found         joints that both found
        median_px, p99_px, largest_px, flips
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from poseconvert.metrics.ratio import RESAMPLES
from poseconvert.pipeline.evaluate.earlier import SCHEMA, Since
from poseconvert.pipeline.evaluate.result import (
    ArtifactScores,
    DatasetEvaluation,
    Movement,
    Score,
)
from poseconvert.reports.json import strict
from poseconvert.reports.summary import pixels
from poseconvert.reports.terminal import as_is, plain_table, print_list

if TYPE_CHECKING:
    from rich.console import Console


def evaluation_json(evaluation: DatasetEvaluation, since: Sequence[Since] = ()) -> str:
    """Return the evaluation as JSON text, in the order of the module's docstring."""
    manifest = evaluation.manifest
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "dataset": evaluation.dataset,
        "people": evaluation.people,
        "visible": evaluation.visible,
        "hidden": evaluation.hidden,
        "notes": evaluation.notes,
        "basis": asdict(evaluation.basis),
        "since": [asdict(one) | {"change": one.change} for one in since] or None,
        "model": asdict(manifest.model),
        "precision": manifest.precision,
        "keep_fp32": manifest.keep_fp32,
        "target": manifest.target,
        "versions": manifest.versions,
        "artifacts": [_artifact(each) for each in evaluation.artifacts],
    }
    return json.dumps(strict(record), indent=1, allow_nan=False)


def _artifact(scores: ArtifactScores) -> dict[str, Any]:
    return {
        "artifact": scores.run.artifact,
        "label": scores.run.label,
        "reason": scores.reason,
        "scores": [asdict(score) for score in scores.scores],
        "movements": [asdict(movement) for movement in scores.movements],
    }


def print_evaluation(
    evaluation: DatasetEvaluation, console: Console, since: Sequence[Since] = ()
) -> None:
    """Print scores by head, movements, reasons and notes. Fits 80 columns."""
    ran = [each for each in evaluation.artifacts if each.run.runner]
    for head in dict.fromkeys(score.head for score in ran[0].scores):
        _print_scores(head, ran, console)
    _print_movements(ran, console)
    _print_since(since, console)
    for each in evaluation.artifacts:
        if each.reason:
            console.print(
                as_is(f"{each.run.artifact} was not evaluated: {each.reason}", "bold red")
            )
    print_list(console, "note", evaluation.notes)
    console.print(
        as_is(
            f"{evaluation.people} people of {evaluation.dataset}: {evaluation.visible:,} visible"
            f" joints, {evaluation.hidden:,} hidden;"
            f" intervals hold 95 % of {RESAMPLES:,} bootstraps"
        )
    )


def _print_scores(head: str, ran: Sequence[ArtifactScores], console: Console) -> None:
    """Print one head's scores: each artifact's number, and what it lost against the first."""
    by_artifact = [[score for score in each.scores if score.head == head] for each in ran]
    headings = [f"{score.metric}\nchange\n[95 %]" for score in by_artifact[0]]
    table = plain_table([f"{head} head, %\n  run by\n"], right=headings)
    for index, (each, scores) in enumerate(zip(ran, by_artifact, strict=True)):
        cells = (_value(score) if index == 0 else _change(score) for score in scores)
        table.add_row(as_is(f"{each.run.artifact}\n  {each.run.label}"), *map(as_is, cells))
        table.add_section()
    console.print(table)


def _value(score: Score) -> str:
    low, high = (f"{100 * bound:.1f}" for bound in score.interval)
    return f"{100 * score.value:.1f}\n\n[{low}, {high}]"


def _change(score: Score) -> str:
    low, high = map(_signed, score.change_interval)
    return f"{100 * score.value:.1f}\n{_signed(score.change)}\n[{low}, {high}]"


def _signed(share: float) -> str:
    """Return percent with a sign, a change too small to show without one."""
    shown = f"{100 * share:+.2f}"
    return shown[1:] if float(shown) == 0 else shown


def _print_movements(ran: Sequence[ArtifactScores], console: Console) -> None:
    """Print how far joints lie from the reference's."""
    columns = [f"\n{name}" for name in ("joints", "median", "99 %", "largest", "flipped")]
    table = plain_table(["px from the first\n  run by", "\nhead", "\nseen as"], right=columns)
    for each in ran[1:]:
        for head, movements in groupby(each.movements, key=lambda movement: movement.head):
            rows = list(movements)
            name = (
                f"{each.run.artifact}\n  {each.run.label}" if head == each.movements[0].head else ""
            )
            table.add_row(as_is(name), head, "\n".join(row.joints for row in rows), *_numbers(rows))
        table.add_section()
    console.print(table)


def _print_since(since: Sequence[Since], console: Console) -> None:
    """Print each metric beside what it was in the earlier evaluation."""
    if not since:
        return
    columns = ("now", "earlier", "change")
    table = plain_table(["since, %\n  run by", "\nhead", "\nmetric"], right=columns)
    for (artifact, label), rows in groupby(since, key=lambda one: (one.artifact, one.label)):
        name = f"{artifact}\n  {label}"
        for one in rows:
            values = (f"{100 * one.value:.1f}", f"{100 * one.earlier:.1f}", _signed(one.change))
            table.add_row(as_is(name), one.head, one.metric, *map(as_is, values))
            name = ""
        table.add_section()
    console.print(table)


def _numbers(rows: Sequence[Movement]) -> list[str]:
    cells = [
        [f"{row.found:,}", *map(_px, (row.median_px, row.p99_px, row.largest_px)), f"{row.flips}"]
        for row in rows
    ]
    return ["\n".join(column) for column in zip(*cells, strict=True)]


def _px(distance: float) -> str:
    return "-" if math.isnan(distance) else pixels(distance)
