"""Commands on what a command line names: a conversion, or a MODEL in a temporary conversion.

Each has the options of the method of :class:`Conversion` that it calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from poseconvert.conversion.atomic_write import refuse_foreign, scratch_folder
from poseconvert.face.artifacts import Inspection
from poseconvert.face.artifacts import inspect as inspect_artifact
from poseconvert.face.at_hand import made_conversion, opened
from poseconvert.face.choices import DatasetName
from poseconvert.face.results import Diff, Evaluation, Tuning


def diff(
    place: Path,
    pictures: Sequence[Path],
    *,
    model: Path | None = None,
    allow_edited: bool = False,
    recorded: Path | None = None,
    ops: bool = False,
    second_opinion: bool = False,
    bisect: Path | None = None,
    png: Path | None = None,
    html: Path | None = None,
    progress: Callable[[str], None],
) -> Diff:
    """Run every artifact and compare.

    Raises
    ------
    PoseconvertError : see :meth:`Conversion.diff`.
    """
    from poseconvert.face.measuring import refuse_bisect

    refuse_bisect(bisect, ops=ops)
    with opened(place, progress, allow_edited=allow_edited) as conversion:
        return conversion.diff(
            pictures,
            model=model,
            recorded=recorded,
            ops=ops,
            second_opinion=second_opinion,
            bisect=bisect,
            png=png,
            html=html,
            progress=progress,
        )


def recheck(place: Path, tolerances: Mapping[str, float]) -> Diff:
    """Judge what ``convert`` recorded by other tolerances; nothing runs or is converted.

    Raises
    ------
    PoseconvertError : see :meth:`Conversion.recheck`.
    """
    from poseconvert.face.rechecking import rechecked

    return rechecked(made_conversion(place), tolerances)


def evaluate(
    place: Path,
    dataset: DatasetName = "synthetic",
    *,
    data: Path | None = None,
    n: int | None = None,
    model: Path | None = None,
    against: Path | None = None,
    allow_edited: bool = False,
    progress: Callable[[str], None],
) -> Evaluation:
    """Say what conversion costs on a dataset.

    Raises
    ------
    PoseconvertError : see :meth:`Conversion.evaluate`.
    """
    from poseconvert.datasets.reading import open_dataset

    people = open_dataset(dataset, data, count=n)
    with opened(place, progress, allow_edited=allow_edited) as conversion:
        return conversion.evaluate(people, model=model, against=against, progress=progress)


def tune(
    place: Path,
    pictures: Sequence[Path],
    *,
    max_drift: float = 0.5,
    output: Path | None = None,
    model: Path | None = None,
    progress: Callable[[str], None],
) -> Tuning:
    """Find the fewest ops to keep in float32.

    Raises
    ------
    PoseconvertError : see :meth:`Conversion.tune`.
    """
    if output is not None:
        refuse_foreign(output)
    with opened(place, progress) as conversion:
        return conversion.tune(
            pictures, max_drift=max_drift, output=output, model=model, progress=progress
        )


def inspect(
    artifact: Path,
    *,
    size: int | tuple[int, int] | None = None,
    plan: Path | None = None,
    function: str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> Inspection:
    """Show what an artifact holds, costs, needs and risks; temporary files are swept.

    Raises
    ------
    PoseconvertError : it cannot be read.
    """
    with scratch_folder():
        return inspect_artifact(
            artifact, size=size, plan=plan, function=function, select=select, ignore=ignore
        )
