"""What conversion costs where there are several people: everybody in whole pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from poseconvert.datasets.dataset import Dataset
from poseconvert.decoding import DecodeSpec
from poseconvert.errors import ConversionError
from poseconvert.metrics.people_ap import Annotated, PeopleAP
from poseconvert.metrics.ratio import Array, draws, interval
from poseconvert.pipeline.chain.conversion import ConversionFolder
from poseconvert.pipeline.chain.evaluate import Link, Progress
from poseconvert.pipeline.evaluate.basis import Shown
from poseconvert.pipeline.evaluate.crowd import (
    FoundInPictures,
    annotated,
    find_in_pictures,
    order_of_coco,
    people_moved,
    pictures_of,
)
from poseconvert.pipeline.evaluate.result import (
    ArtifactScores,
    DatasetEvaluation,
    Score,
    movement_of,
)


def evaluate_pictures(
    conversion: ConversionFolder,
    dataset: Dataset,
    spec: DecodeSpec,
    *,
    links: Sequence[Link],
    notes: list[str],
    progress: Progress,
) -> DatasetEvaluation:
    """Find everybody in whole pictures: OKS-AP with its interval over pictures.

    Raises
    ------
    ConversionError : no artifact ran.
    DatasetError : the dataset is not COCO's, or the network lacks one of its joints.
    """
    order = order_of_coco(spec, dataset)
    groups = pictures_of(dataset.people)
    notes.append(
        "whole pictures: people of a crowd, or without joints, count against whoever finds them"
    )
    shown = Shown()
    found = find_in_pictures(
        links,
        groups,
        name=next(iter(conversion.manifest.inputs)),
        preprocessing=conversion.preprocessing,
        spec=spec,
        order=order,
        noted=shown,
        progress=progress,
    )
    reference = next((each for each in found if each.run.runner), None)
    if reference is None:
        raise ConversionError(f"{conversion.folder}: no artifact ran. {found[0].reason}")
    truth = [annotated(group) for group in groups]
    drawn = draws(len(groups))
    first = PeopleAP(reference.pictures, truth)
    value, values = first.value, first.of(drawn)
    return DatasetEvaluation(
        folder=conversion.folder,
        manifest=conversion.manifest,
        dataset=dataset.name,
        artifacts=tuple(
            _crowd_scores(each, reference, truth, drawn, value, values) for each in found
        ),
        people=len(dataset.people),
        visible=sum(int(one.visible.sum()) for one in truth),
        hidden=sum(int((np.isfinite(t.joints).all(axis=2) & ~t.visible).sum()) for t in truth),
        notes=tuple(notes),
        basis=shown.basis(dataset, [spec], conversion.preprocessing, pictures="whole pictures"),
    )


def _crowd_scores(
    each: FoundInPictures,
    reference: FoundInPictures,
    truth: Sequence[Annotated],
    drawn: Array,
    first: float,
    firsts: Array,
) -> ArtifactScores:
    if each.reason:
        return ArtifactScores(each.run, each.reason, (), ())
    measured = PeopleAP(each.pictures, truth)
    value, values = measured.value, measured.of(drawn)
    score = Score(
        head="2d",
        metric="OKS-AP",
        value=value,
        interval=interval(values),
        change=value - first,
        change_interval=interval(values - firsts),
    )
    moved = people_moved(reference, each)
    flips = np.ones(moved.changed, dtype=bool)
    movement = movement_of("2d", "of people", moved.distance, flips)
    return ArtifactScores(each.run, "", (score,), (movement,))
