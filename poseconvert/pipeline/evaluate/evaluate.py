"""What conversion costs: every artifact's metrics on a dataset, beside the reference's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from poseconvert.datasets.dataset import Dataset
from poseconvert.decoding import DecodeSpec, skeleton_named
from poseconvert.decoding.matching import shared_joints
from poseconvert.errors import ConversionError, DatasetError
from poseconvert.metrics.ratio import Array, draws, interval
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Link, Progress
from poseconvert.pipeline.evaluate.basis import Shown
from poseconvert.pipeline.evaluate.find_people import FoundPeople, find_people
from poseconvert.pipeline.evaluate.ground_truth import Truth, metrics, truth_of
from poseconvert.pipeline.evaluate.result import (
    ArtifactScores,
    DatasetEvaluation,
    Movement,
    Score,
    movement_of,
)
from poseconvert.pipeline.evaluate.whole_pictures import evaluate_pictures
from poseconvert.stages.stage import SOURCE

__all__ = ["ArtifactScores", "DatasetEvaluation", "Movement", "Score", "evaluate_conversion"]


def evaluate_conversion(
    conversion: ConversionFolder,
    dataset: Dataset,
    *,
    model: Path | None,
    progress: Progress,
) -> DatasetEvaluation:
    """Find the people of a dataset with every artifact of a conversion.

    Parameters
    ----------
    model : where MODEL is now; None for where it was. Without it ``model.onnx`` is the reference.

    Raises
    ------
    ConversionError : the conversion has no decode spec, or no artifact ran.
    DatasetError, PictureError : a person cannot be read, or has no joint in common with it.
    """
    _refuse_other_joints(conversion, dataset)
    notes = [*conversion.manifest.notes, *dataset.notes]
    crowd = next((spec for spec in conversion.specs if spec.people is not None), None)
    if crowd is not None:
        links = _links(conversion, model, notes)
        return evaluate_pictures(
            conversion, dataset, crowd, links=links, notes=notes, progress=progress
        )
    shown = Shown()
    people, found = find_people(
        _links(conversion, model, notes),
        dataset,
        name=next(iter(conversion.manifest.inputs)),
        preprocessing=conversion.preprocessing,
        specs=conversion.specs,
        shown=shown,
        progress=progress,
    )
    if not any(each.run.runner for each in found):
        raise ConversionError(f"{conversion.folder}: no artifact ran. {found[0].reason}")
    progress("drawing people again")
    truth = truth_of(dataset, people)
    return DatasetEvaluation(
        folder=conversion.folder,
        manifest=conversion.manifest,
        dataset=dataset.name,
        artifacts=_scored(found, conversion.specs, truth),
        people=len(people),
        visible=int(truth.visible.sum()),
        hidden=int(truth.hidden.sum()),
        notes=tuple(notes),
        basis=shown.basis(
            dataset,
            conversion.specs,
            conversion.preprocessing,
            pictures="people by their boxes",
        ),
    )


def _links(conversion: ConversionFolder, model: Path | None, notes: list[str]) -> list[Link]:
    """List what to run, PyTorch first where it is at hand."""
    origin = conversion.origin(model)
    if origin is not None:
        return [Link(origin.path.name, SOURCE, origin.torch_runner), *conversion.chain()]
    if conversion.from_torch:
        notes.append("MODEL is not at hand: model.onnx is the reference; give --model")
    return conversion.chain()


def _refuse_other_joints(conversion: ConversionFolder, dataset: Dataset) -> None:
    if not conversion.specs:
        raise ConversionError(
            f"{conversion.folder}: has no decode spec, so its outputs are not joints."
            " Convert again with --decode."
        )
    names = {spec.skeleton for spec in conversion.specs}
    if not any(shared_joints(skeleton_named(name), dataset.skeleton) for name in names):
        raise DatasetError(
            f"{dataset.name}: its joints ({dataset.skeleton.name}) and the network's"
            f" ({', '.join(sorted(names))}) have none in common. Use another dataset."
        )


def _scored(
    found: Sequence[FoundPeople], specs: Sequence[DecodeSpec], truth: Truth
) -> tuple[ArtifactScores, ...]:
    drawn = draws(len(truth.joints))
    reference: dict[tuple[str, str], tuple[float, Array]] = {}
    artifacts = []
    for each in found:
        scores = []
        for pose, spec in zip(each.poses, specs if each.poses else (), strict=True):
            for metric, measured in metrics(pose, spec, truth):
                value, values = measured.value, measured.of(drawn)
                first, firsts = reference.setdefault((_head(spec), metric), (value, values))
                score = Score(
                    head=_head(spec),
                    metric=metric,
                    value=value,
                    interval=interval(values),
                    change=value - first,
                    change_interval=interval(values - firsts),
                )
                scores.append(score)
        movements = _movements(each, specs, truth) if each.poses else ()
        artifacts.append(ArtifactScores(each.run, each.reason, tuple(scores), movements))
    return tuple(artifacts)


def _movements(
    found: FoundPeople, specs: Sequence[DecodeSpec], truth: Truth
) -> tuple[Movement, ...]:
    movements = []
    for moved, spec in zip(found.moved, specs, strict=True):
        pairs = shared_joints(skeleton_named(spec.skeleton), truth.skeleton)
        own, theirs = [i for i, _ in pairs], [j for _, j in pairs]
        for name, joints in (("visible", truth.visible), ("hidden", truth.hidden)):
            chosen = joints[:, theirs]
            movements.append(
                movement_of(
                    _head(spec), name, moved.distance[:, own][chosen], moved.flipped[:, own][chosen]
                )
            )
    return tuple(movements)


def _head(spec: DecodeSpec) -> str:
    return "3d" if spec.dims == 3 else "2d"
