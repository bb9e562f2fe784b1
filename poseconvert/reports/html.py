"""One self-contained page: verdict, stages, skeletons, joints, and what made them."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from poseconvert.drift import GraphDrift
from poseconvert.errors import OutputError
from poseconvert.pipeline.measurement import Measurement
from poseconvert.reports.curve import Curve, drift_curve
from poseconvert.reports.joints import joint_rows
from poseconvert.reports.ops import OpRow, identical, op_rows, op_sentences, title
from poseconvert.reports.overlay import picture_png, skeleton_png
from poseconvert.reports.panels import overlays
from poseconvert.reports.routes import route_sentences
from poseconvert.reports.summary import (
    final_comparison,
    number,
    pixels,
    reasons,
    stage_rows,
    verdict_line,
)

_TEMPLATE = "report.html"
_PICTURES = 12


@dataclass(frozen=True, slots=True)
class _Figure:
    """One picture with its panels: captions, and the skeleton as a data URI."""

    name: str
    picture: str
    aspect: str
    panels: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class _Graph:
    """The ops of one graph: words, rows, and the curve over depth."""

    title: str
    sentences: tuple[str, ...]
    rows: tuple[OpRow, ...]
    curve: Curve | None


def _graph(graph: GraphDrift) -> _Graph:
    if graph.reason or identical(graph):
        return _Graph(title(graph), op_sentences(graph), (), None)
    return _Graph(title(graph), op_sentences(graph), op_rows(graph), drift_curve(graph))


def to_html(measurement: Measurement) -> str:
    """Return the report; it needs no network and no scripts."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(px=pixels, number=number)
    figures, without = _figures(measurement)
    final = final_comparison(measurement)
    return environment.get_template(_TEMPLATE).render(
        manifest=measurement.manifest,
        parity=measurement.parity.value,
        verdict=verdict_line(measurement),
        stages=stage_rows(measurement),
        tolerances={c.stage: c.tolerance for c in measurement.result.comparisons},
        reasons=reasons(measurement),
        routes=route_sentences(measurement.manifest),
        figures=figures,
        without=without,
        final=final,
        joints=joint_rows(final.joints) if final else (),
        graphs=[_graph(graph) for graph in measurement.ops.graphs] if measurement.ops else [],
    )


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


def _figures(measurement: Measurement) -> tuple[tuple[_Figure, ...], str]:
    """Return the pictures, and a sentence on those that are missing."""
    try:
        chosen = overlays(measurement, limit=_PICTURES)
    except OutputError as error:
        return (), str(error)
    figures = tuple(
        _Figure(
            name=row.name,
            picture=_data_uri(picture_png(row)),
            aspect="{1} / {0}".format(*row.picture.shape),
            panels=tuple(
                (
                    panel.artifact,
                    panel.runner,
                    panel.numbers,
                    _data_uri(skeleton_png(row, panel, chosen.skeleton)),
                )
                for panel in row.panels
            ),
        )
        for row in chosen.rows
    )
    left_out = chosen.left_out
    return figures, f"{left_out} more pictures are not shown." if left_out else ""


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"
