"""Whole pictures with any number of people: who is found, by every artifact of a conversion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseconvert.datasets.dataset import Dataset, Person
from poseconvert.decoding import DecodeSpec, decode_people, pair_people, skeleton_named
from poseconvert.decoding.matching import shared_joints
from poseconvert.decoding.people.record import Found as FoundPeople
from poseconvert.decoding.skeleton import COCO_17
from poseconvert.drift import Run
from poseconvert.errors import DatasetError, PoseconvertError
from poseconvert.imaging.preprocessing import (
    Placement,
    Preprocessing,
    input_picture,
    input_tensor,
)
from poseconvert.metrics.people_ap import Annotated, Found
from poseconvert.metrics.ratio import Array
from poseconvert.pipeline.chain.evaluate import Link, Progress
from poseconvert.pipeline.evaluate.basis import Shown
from poseconvert.pipeline.evaluate.find_people import opened
from poseconvert.runners.runner import Batch

_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class FoundInPictures:
    """What one artifact found in all pictures.

    Attributes
    ----------
    link, run, reason : as of ``FoundPeople`` of one person.
    pictures : the people of each picture, in picture pixels and the order of COCO's joints.
    inputs : the same in pixels of the network's input, joints in its own order.
    """

    link: Link
    run: Run
    pictures: tuple[Found, ...] = ()
    inputs: tuple[FoundPeople, ...] = ()
    reason: str = ""


def pictures_of(people: Sequence[Person]) -> list[list[Person]]:
    """Return the people of each picture, in the order of the file."""
    groups: dict[int, list[Person]] = {}
    for person in people:
        groups.setdefault(id(person.picture), []).append(person)
    return list(groups.values())


def annotated(group: Sequence[Person]) -> Annotated:
    """Return what a dataset knows of the people of a picture."""
    return Annotated(
        np.stack([person.joints[:, :2] for person in group]),
        np.stack([person.visible & person.known for person in group]),
        np.array([person.area for person in group]),
    )


def order_of_coco(spec: DecodeSpec, dataset: Dataset) -> list[int]:
    """Return the network's joint of each of COCO's.

    Raises
    ------
    DatasetError : the dataset is another, or the network lacks one of its joints.
    """
    pairs = {b: a for a, b in shared_joints(skeleton_named(spec.skeleton), COCO_17)}
    if dataset.skeleton != COCO_17 or len(pairs) != len(COCO_17.joints):
        raise DatasetError(
            f"{dataset.name}: several people are measured by OKS-AP, which needs all of COCO's"
            f" joints; the network has {spec.skeleton}. Use --dataset coco with such a network."
        )
    return [pairs[joint] for joint in range(len(COCO_17.joints))]


def find_in_pictures(
    links: Sequence[Link],
    groups: Sequence[Sequence[Person]],
    *,
    name: str,
    preprocessing: Preprocessing,
    spec: DecodeSpec,
    order: Sequence[int],
    noted: Shown,
    progress: Progress,
) -> tuple[FoundInPictures, ...]:
    """Run every link on every picture; one that fails is recorded with its reason.

    Parameters
    ----------
    noted : takes note of every person and picture.

    Raises
    ------
    PictureError : a picture cannot be read.
    """
    runners = [opened(link) for link in links]
    pictures: list[list[Found]] = [[] for _ in links]
    inputs: list[list[FoundPeople]] = [[] for _ in links]
    for start in range(0, len(groups), _BATCH):
        progress(f"picture {start + 1} of {len(groups)}")
        shown = []
        for group in groups[start : start + _BATCH]:
            picture = group[0].picture()
            for person in group:
                noted.add(person, picture)
            shown.append(input_picture(picture, preprocessing))
        batch = Batch({name: input_tensor(np.stack([pixels for pixels, _ in shown]))})
        for index, (runner, reason) in enumerate(runners):
            if runner is None or reason:
                continue
            try:
                people = decode_people(runner.run(batch), spec)
            except PoseconvertError as error:
                runners[index] = runner, str(error)
                continue
            for n, (_, placed) in enumerate(shown):
                inputs[index].append(people.of(n))
                pictures[index].append(_in_picture(people.of(n), placed, order))
    return tuple(
        FoundInPictures(link, Run(link.artifact), reason=reason)
        if runner is None or reason
        else FoundInPictures(link, link.by(runner), tuple(found), tuple(own))
        for link, (runner, reason), found, own in zip(links, runners, pictures, inputs, strict=True)
    )


def _in_picture(people: FoundPeople, placed: Placement, order: Sequence[int]) -> Found:
    """Move people from the network's input into the picture, joints in COCO's order."""
    joints = people.position[:, order]
    # Whole coordinates are the middles of pixels, whose corners the placement maps.
    at = (joints + 0.5 - np.array(placed.shift)) / np.array(placed.scale) - 0.5
    return Found(at, people.score[:, order], people.person)


@dataclass(frozen=True, slots=True)
class PeopleMoved:
    """How far the joints of paired people lie apart, in pixels of the network's input.

    Attributes
    ----------
    distance : of all joints present on both sides.
    changed : people whom one side alone has.
    """

    distance: Array
    changed: int


def people_moved(reference: FoundInPictures, candidate: FoundInPictures) -> PeopleMoved:
    """Compare everybody with the reference's."""
    apart, changed = [np.empty(0)], 0
    for first, second in zip(reference.inputs, candidate.inputs, strict=True):
        pairs = pair_people(first, second)
        changed += len(first.person) + len(second.person) - 2 * len(pairs)
        for m, other in pairs.items():
            apart.append(np.linalg.norm(second.position[other] - first.position[m], axis=1))
    distance = np.concatenate(apart)
    return PeopleMoved(distance[np.isfinite(distance)], changed)
