"""One self-contained page: verdict, what moved, skeletons, stages, joints, and what made them."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from poseconvert.drift import GraphDrift
from poseconvert.drift.format import number
from poseconvert.errors import OutputError
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.closer_look import focused, spotlight
from poseconvert.reports.compress import compress_sentences
from poseconvert.reports.drawing import Drawing, drawing
from poseconvert.reports.drift_curve import Curve, drift_curve
from poseconvert.reports.furthest_joints import Move, moves
from poseconvert.reports.joints import BAND_WORDS, furthest_first, joint_rows, joint_summary
from poseconvert.reports.opinion import opinion_sentences
from poseconvert.reports.ops import OpRow, identical, op_rows, op_sentences, title
from poseconvert.reports.panels import Overlays, PictureRow, overlays
from poseconvert.reports.routes import route_sentences
from poseconvert.reports.rules import note_sentences
from poseconvert.reports.skeleton3d import solids
from poseconvert.reports.summary import (
    cause_sentences,
    final_comparison,
    pixels,
    reasons,
    stage_rows,
    verdict_line,
)
from poseconvert.reports.thumbnails import jpeg, thumbnails
from poseconvert.reports.zoom import Zoom, crop_uri, zoom
from poseconvert.stages.stage import stage_title

_TEMPLATE = "report.html"
_PICTURES = 4


@dataclass(frozen=True, slots=True)
class _Panel:
    """One artifact on one picture: its caption, and its skeleton."""

    artifact: str
    runner: str
    numbers: str
    skeleton: Drawing


@dataclass(frozen=True, slots=True)
class _Figure:
    """One picture with its panels, and the joint that moved furthest on it."""

    name: str
    panels: tuple[_Panel, ...]
    furthest: Move | None
    zoom: Zoom | None


@dataclass(frozen=True, slots=True)
class _Graph:
    """The ops of one graph: words, rows, and the curve over depth."""

    title: str
    sentences: tuple[str, ...]
    rows: tuple[OpRow, ...]
    curve: Curve | None


def to_html(measurement: Measurement) -> str:
    """Return the report; it needs no network and no scripts."""
    final = final_comparison(measurement)
    return (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            manifest=measurement.manifest,
            parity=measurement.parity.value,
            verdict=verdict_line(measurement).partition(": ")[::2],
            diagnoses=cause_sentences(measurement),
            stages=stage_rows(measurement),
            tolerances={c.stage: c.tolerance for c in measurement.result.comparisons},
            reasons=reasons(measurement),
            routes=route_sentences(measurement.manifest),
            compress=compress_sentences(measurement),
            notes=_notes(measurement),
            final=final,
            summary=joint_summary(final.joints) if final else None,
            joints=furthest_first(joint_rows(final.joints)) if final else (),
            graphs=[_graph(graph) for graph in measurement.ops.graphs] if measurement.ops else [],
            inputs=thumbnails(measurement),
            input_count=len(measurement.inputs.names),
            machine=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            **_pictured(measurement),
        )
    )


def _notes(measurement: Measurement) -> tuple[str, ...]:
    """List what was done, what rules on Core ML say beside it, and what a second judge says."""
    opinion = opinion_sentences(measurement.opinion)
    return (
        *measurement.manifest.notes,
        *note_sentences(measurement.firings),
        *(f"second opinion: {sentence}" for sentence in opinion),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(px=pixels, number=number, g="{:.4g}".format, crop_uri=crop_uri)
    environment.filters.update(stage_title=stage_title, band=BAND_WORDS.__getitem__)
    return environment


def write_html(measurement: Measurement, path: Path) -> None:
    """Write :func:`to_html` to ``path``.

    Raises
    ------
    OutputError : ``path`` cannot be written.
    """
    text = to_html(measurement)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}). Choose another file."
        ) from error


def _graph(graph: GraphDrift) -> _Graph:
    if graph.reason or identical(graph):
        return _Graph(title(graph), op_sentences(graph), (), None)
    return _Graph(title(graph), op_sentences(graph), op_rows(graph), drift_curve(graph))


def _pictured(measurement: Measurement) -> Mapping[str, Any]:
    """Return what is drawn: the joint that moved furthest, skeletons, 3D views, heatmaps.

    ``pictures`` holds each drawn picture once, by the name of its input; ``left_out`` counts
    those that are not drawn, and ``without`` says why nothing is drawn.
    """
    moved = moves(measurement)
    shown: dict[str, Any] = {
        "spotlight": spotlight(measurement, moved),
        "solids": solids(measurement, moved),
        "focused": focused(measurement, moved),
        "figures": (),
        "pictures": {},
        "head": "",
        "left_out": 0,
        "without": "",
    }
    try:
        chosen = overlays(measurement, limit=_PICTURES)
    except OutputError as error:
        return {**shown, "without": str(error)}
    names = {row.name for row in chosen.rows} | {move.input_name for move in moved[:1]}
    values = zip(measurement.inputs.names, measurement.inputs.shown, strict=True)
    return {
        **shown,
        "figures": tuple(_figure(row, chosen, moved) for row in _furthest_first(chosen, moved)),
        "head": chosen.head,
        "pictures": {name: jpeg(picture) for name, picture in values if name in names},
        "left_out": chosen.left_out,
    }


def _furthest_first(chosen: Overlays, moved: Sequence[Move]) -> list[PictureRow]:
    order = list(dict.fromkeys(move.input_name for move in moved))
    return sorted(
        chosen.rows, key=lambda row: order.index(row.name) if row.name in order else len(order)
    )


def _figure(row: PictureRow, chosen: Overlays, moved: Sequence[Move]) -> _Figure:
    height, width = row.picture.shape[:2]
    window = -0.5, -0.5, width, height  # whole coordinates are the middles of pixels
    furthest = next((move for move in moved if move.input_name == row.name), None)
    return _Figure(
        name=row.name,
        panels=tuple(
            _Panel(
                panel.artifact,
                panel.runner,
                panel.numbers,
                drawing(panel.marks, chosen.skeleton, window=window),
            )
            for panel in row.panels
        ),
        furthest=furthest,
        zoom=zoom(furthest, row.picture) if furthest else None,
    )
