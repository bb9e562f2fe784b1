"""A conversion of several sizes measured again at those that are not its default one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.conversion.size_record import SizeRecord
from poseconvert.decoding import decode
from poseconvert.drift import Comparison
from poseconvert.errors import PoseconvertError
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Evaluation, Link, Progress, evaluate, lacking
from poseconvert.pipeline.chain.inputs import Inputs, golden_inputs, readable_inputs
from poseconvert.pipeline.chain.model import LoadedModel
from poseconvert.pipeline.chain.recorded import replayed
from poseconvert.pipeline.chain.sizes import (
    AtSize,
    judged_at,
    named_at,
    origin_at,
    pictured_at,
    reference_at,
)
from poseconvert.stages.stage import COMPRESSED, PACKAGE, SOURCE

_ABSENT = "MODEL is not at hand, and only PyTorch knows the answer at this size. Give --model."


def measured_sizes(
    conversion: ConversionFolder,
    origin: LoadedModel | None,
    *,
    pictures: Sequence[Path],
    progress: Progress,
) -> list[Comparison]:
    """Judge the packages at every size but the default one: on pictures, else on its goldens.

    Parameters
    ----------
    origin : MODEL, where pictures are run and it is at hand; without it no row is held then.

    Raises
    ------
    ConversionError : goldens of a size cannot be read.
    """
    if not conversion.manifest.sizes:
        return []
    sizes = [
        _on_pictures(conversion, origin, record, pictures, progress)
        if pictures
        else _on_goldens(conversion, record, progress)
        for record in conversion.manifest.sizes
    ]
    rows: list[Comparison] = []
    for package in (PACKAGE, COMPRESSED):
        links = [link for link in conversion.chain() if link.artifact == package]
        rows += judged_at(sizes, links, precision=conversion.precision, progress=progress)
    return rows


def _on_goldens(conversion: ConversionFolder, record: SizeRecord, progress: Progress) -> AtSize:
    """Take what PyTorch returned when the conversion was made."""
    goldens = conversion.goldens(record)
    inputs = golden_inputs(goldens, conversion.manifest.inputs)
    link = replayed(goldens, _unopened(conversion, record))
    (reference,) = evaluate([link], inputs, specs=(), progress=progress)
    reference = replace(reference, floor=goldens.floor, yardsticks=goldens.yardsticks)
    return AtSize(record, inputs, _decoded(reference, record))


def _unopened(conversion: ConversionFolder, record: SizeRecord) -> Link:
    name = Path(conversion.manifest.model.path).name
    return Link(name, SOURCE, None, refused=_ABSENT, size=record.name)


def _on_pictures(
    conversion: ConversionFolder,
    origin: LoadedModel | None,
    record: SizeRecord,
    pictures: Sequence[Path],
    progress: Progress,
) -> AtSize:
    """Run PyTorch on pictures that are brought to the size."""
    size = record.height, record.width
    shown, _ = readable_inputs(pictures, pictured_at(conversion.pictured, size))
    inputs: Inputs = named_at(shown, size)
    if origin is None:
        (absent,) = evaluate([_unopened(conversion, record)], inputs, specs=(), progress=progress)
        return AtSize(record, inputs, absent)
    there = origin_at(origin, size)
    reference = reference_at(there, inputs, size=record.name, progress=progress)
    stored = conversion.goldens(record)
    reference = replace(reference, floor=stored.floor, yardsticks=stored.yardsticks)
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
