"""A conversion measured again, or its record judged again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from poseconvert.conversion.atomic_write import refuse_foreign
from poseconvert.errors import UsageError
from poseconvert.face.pictures import Pictures, picture_files
from poseconvert.face.results import Diff
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.recorded import read_recorded
from poseconvert.pipeline.chain.second_opinion import require_second_judge, with_second_opinion
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.pipeline.diff.diff import measure
from poseconvert.pipeline.localise.bisect import KIND, SCRIPT, write_repro
from poseconvert.pipeline.localise.localise import localise


def measured(
    conversion: ConversionFolder,
    pictures: Pictures,
    *,
    model: Path | None,
    recorded: Path | None,
    ops: bool,
    second_opinion: bool,
    bisect: Path | None,
    png: Path | None,
    html: Path | None,
    progress: Callable[[str], None],
) -> Diff:
    """Run every artifact; see :meth:`poseconvert.face.conversion.Conversion.diff`."""
    refuse_bisect(bisect, ops=ops)
    if second_opinion:
        require_second_judge()
    with picture_files(pictures) as files:
        found = _measured(conversion, files, model, recorded, progress)
    if second_opinion:
        found = Diff(with_second_opinion(found.record, progress=progress))
    said = ""
    if ops:
        localised = localise(conversion, found.record.inputs, progress=progress)
        found = Diff(replace(found.record, ops=localised))
        if bisect:
            said = write_repro(
                conversion, localised, found.record.inputs, bisect, progress=progress
            )
    if png:
        found.png(png)
    if html:
        found.report(html)
    return replace(found, repro=said)


def refuse_bisect(bisect: Path | None, *, ops: bool) -> None:
    """Refuse a place for the smallest model before long work for it.

    Raises
    ------
    UsageError : ops are not compared.
    OutputError : the place holds something else.
    """
    if bisect is None:
        return
    if not ops:
        raise UsageError("bisect needs the drift of every op. Give ops=True too.")
    refuse_foreign(bisect, marker=SCRIPT, kind=KIND)


def _measured(
    conversion: ConversionFolder,
    pictures: Sequence[Path],
    model: Path | None,
    recorded: Path | None,
    progress: Callable[[str], None],
) -> Diff:
    other = read_recorded(recorded) if recorded else None
    found = measure(conversion, pictures=pictures, model=model, progress=progress, recorded=other)
    causes = diagnose(
        conversion, found, model=model, pictures=pictures, recorded=other, progress=progress
    )
    return Diff(replace(found, diagnoses=causes))
