"""Every artifact of a conversion run on the people of a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from poseconvert.datasets.dataset import Box, Dataset, Person
from poseconvert.decoding import DecodeSpec, Pose, decode
from poseconvert.decoding.frame import from_corner
from poseconvert.drift import Movement, Run, movement
from poseconvert.errors import DatasetError, PoseconvertError
from poseconvert.imaging.preprocessing import (
    Placement,
    Preprocessing,
    input_picture,
    input_tensor,
)
from poseconvert.pipeline.chain.evaluate import Link, Progress
from poseconvert.pipeline.evaluate.basis import Shown
from poseconvert.runners.runner import Batch, Runner

_BATCH = 16
# A box may reach out of its picture, where the network sees black; one far larger than the
# picture is a mistake, and would not fit into memory.
_LARGEST_BOX = 4


@dataclass(frozen=True, slots=True, eq=False)
class FoundPeople:
    """What one artifact found.

    Attributes
    ----------
    link : what was to run.
    run : what ran.
    poses : one per decode spec, of all people; positions (N, J, 2 or 3) in picture pixels.
    moved : one per decode spec, (N, J): from the reference's joints to this artifact's.
    reason : why it did not run, in a sentence; empty when it did.
    """

    link: Link
    run: Run
    poses: tuple[Pose, ...] = ()
    moved: tuple[Movement, ...] = ()
    reason: str = ""


def find_people(
    links: Sequence[Link],
    dataset: Dataset,
    *,
    name: str,
    preprocessing: Preprocessing,
    specs: Sequence[DecodeSpec],
    shown: Shown,
    progress: Progress,
) -> tuple[list[Person], tuple[FoundPeople, ...]]:
    """Run every link on every person; one that fails is recorded with its reason.

    Returns the people as well, in order: a dataset may render them anew whenever it is asked.

    People are read and run a few at a time: neither pictures nor tensors of the whole dataset
    are ever in memory together.

    Parameters
    ----------
    shown : takes note of every person and picture.

    Raises
    ------
    DatasetError : a person's box cannot be cut out.
    PictureError : a picture cannot be read.
    """
    runners = [opened(link) for link in links]
    parts: list[list[tuple[Pose, ...]]] = [[] for _ in links]
    people: list[Person] = []
    placements: list[Placement] = []
    count = len(dataset.people)
    for start in range(0, count, _BATCH):
        progress(f"person {start + 1} of {count}")
        pixels = []
        for index in range(start, min(start + _BATCH, count)):
            people.append(dataset.people[index])
            picture = people[-1].picture()
            shown.add(people[-1], picture)
            fed, placed = _input(people[-1], picture, preprocessing)
            pixels.append(fed)
            placements.append(placed)
        batch = Batch({name: input_tensor(np.stack(pixels))})
        for index, (runner, reason) in enumerate(runners):
            if runner is None or reason:
                continue
            try:
                outputs = runner.run(batch)
                parts[index].append(tuple(decode(outputs, spec) for spec in specs))
            except PoseconvertError as error:
                runners[index] = runner, str(error)
    found = [
        FoundPeople(link, Run(link.artifact), reason=reason) if runner is None or reason else
        FoundPeople(link, link.by(runner), tuple(map(_joined, zip(*part, strict=True))))
        for link, (runner, reason), part in zip(links, runners, parts, strict=True)
    ]  # fmt: skip
    reference = next((each for each in found if each.poses), None)
    return people, tuple(
        _in_pictures(_compared(each, reference), placements, specs) if reference else each
        for each in found
    )


def opened(link: Link) -> tuple[Runner | None, str]:
    """Open a link's runner, or say why not."""
    if link.refused:
        return None, link.refused
    assert link.open is not None
    try:
        return link.open(), ""
    except PoseconvertError as error:
        return None, str(error)


def _input(
    person: Person, picture: Image.Image, preprocessing: Preprocessing
) -> tuple[npt.NDArray[np.uint8], Placement]:
    """Cut a person out of the picture and bring it to the input size."""
    left, top, right, bottom = _whole(person, picture.size)
    pixels, placed = input_picture(picture.crop((left, top, right, bottom)), preprocessing)
    (x, y), (across, down) = placed.shift, placed.scale
    return pixels, replace(placed, shift=(x - left * across, y - top * down))


def _whole(person: Person, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the person's box in whole pixels, at least one each way."""
    box: Box = person.box
    if not np.isfinite(box).all() or max(map(abs, box)) > _LARGEST_BOX * max(size):
        raise DatasetError(
            f"{person.name}: box {tuple(round(side, 1) for side in box)} lies far outside its"
            f" {size[0]}x{size[1]} picture. Correct the annotation or remove it."
        )
    left, top, right, bottom = (round(side) for side in box)
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _joined(poses: Sequence[Pose]) -> Pose:
    return Pose(
        np.concatenate([pose.position for pose in poses]),
        np.concatenate([pose.score for pose in poses]),
        np.concatenate([pose.cell for pose in poses]),
    )


def _compared(found: FoundPeople, reference: FoundPeople) -> FoundPeople:
    """Add how far every joint lies from the reference's, in input pixels."""
    pairs = zip(reference.poses, found.poses, strict=True) if found.poses else ()
    return replace(found, moved=tuple(movement(other, own) for other, own in pairs))


def _in_pictures(
    found: FoundPeople, placements: Sequence[Placement], specs: Sequence[DecodeSpec]
) -> FoundPeople:
    """Move positions from the network's input into the pictures."""
    scale = np.array([placed.scale for placed in placements])[:, None]
    shift = np.array([placed.shift for placed in placements])[:, None]
    poses = []
    for pose, spec in zip(found.poses, specs if found.poses else (), strict=True):
        at = from_corner(pose.position, spec).copy()
        # Whole coordinates are the middles of pixels, whose corners the placement maps.
        at[..., :2] = (at[..., :2] + 0.5 - shift) / scale - 0.5
        at[..., 2:] /= scale[..., :1]
        poses.append(replace(pose, position=at))
    return replace(found, poses=tuple(poses))
