"""A conversion of several sizes measured again at those that are not its default one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.conversion.size_record import SizeRecord
from poseconvert.decoding import decode
from poseconvert.drift import Comparison
from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain import Evaluation, Link, Progress, lacking
from poseconvert.pipeline.inputs import Inputs, golden_inputs, readable_inputs
from poseconvert.pipeline.links import COMPRESSED, PACKAGE
from poseconvert.pipeline.origin import Origin
from poseconvert.pipeline.recorded import recorded_runner
from poseconvert.pipeline.reopened import Reopened
from poseconvert.pipeline.sizes import (
    AtSize,
    judged_at,
    named_at,
    origin_at,
    pictured_at,
    reference_at,
)

_ABSENT = "MODEL is not at hand, and only PyTorch knows the answer at this size. Give --model."


def measured_sizes(
    reopened: Reopened, origin: Origin | None, *, pictures: Sequence[Path], progress: Progress
) -> list[Comparison]:
    """Judge the packages at every size but the default one: on pictures, else on its goldens.

    Parameters
    ----------
    origin : MODEL, where pictures are run and it is at hand; without it no row is held then.

    Raises
    ------
    ConversionError : goldens of a size cannot be read.
    """
    if not reopened.manifest.sizes:
        return []
    sizes = [
        _on_pictures(reopened, origin, record, pictures, progress)
        if pictures
        else _on_goldens(reopened, record)
        for record in reopened.manifest.sizes
    ]
    rows: list[Comparison] = []
    for package in (PACKAGE, COMPRESSED):
        links = [link for link in reopened.chain() if link.artifact == package]
        rows += judged_at(sizes, links, precision=reopened.precision, progress=progress)
    return rows


def _on_goldens(reopened: Reopened, record: SizeRecord) -> AtSize:
    """Take what PyTorch returned when the conversion was made."""
    goldens = reopened.goldens(record)
    inputs = golden_inputs(goldens, reopened.manifest.inputs)
    link = Link(Path(reopened.manifest.model.path).name, "source", recorded_runner)
    label = f"{goldens.runner}, recorded"
    reference = Evaluation(link, label, dict(goldens.outputs), floor=goldens.floor)
    return AtSize(record, inputs, _decoded(reference, record))


def _on_pictures(
    reopened: Reopened,
    origin: Origin | None,
    record: SizeRecord,
    pictures: Sequence[Path],
    progress: Progress,
) -> AtSize:
    """Run PyTorch on pictures that are brought to the size."""
    size = record.height, record.width
    shown, _ = readable_inputs(pictures, pictured_at(reopened.pictured, size))
    inputs: Inputs = named_at(shown, size)
    if origin is None:
        name = Path(reopened.manifest.model.path).name
        return AtSize(
            record, inputs, Evaluation(Link(name, "source", recorded_runner), reason=_ABSENT)
        )
    reference = reference_at(origin_at(origin, size), inputs, progress=progress)
    return AtSize(record, inputs, _decoded(reference, record))


def _decoded(reference: Evaluation, record: SizeRecord) -> Evaluation:
    """Decode the reference; what does not fit the record's specs is a reason not to judge."""
    if reference.outputs and (missing := lacking(reference, record.outputs)):
        return replace(reference, reason=missing)
    try:
        poses = tuple(
            decode(reference.outputs, spec) for spec in record.decode if reference.outputs
        )
    except PoseconvertError as error:
        return replace(reference, reason=str(error))
    return replace(reference, poses=poses)
