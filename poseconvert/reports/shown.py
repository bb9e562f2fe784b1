"""The joints that reports draw of a head: those of the person, or of all people side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseconvert.decoding import DecodeSpec, People, Pose, Skeleton, decode_people, skeleton_named
from poseconvert.decoding.people.pairing import pair_people
from poseconvert.drift.people import FOUND, PERSON
from poseconvert.pipeline.chain.evaluate import Evaluation


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One head of several evaluations, the reference first.

    Attributes
    ----------
    skeleton : the joints of every person, one after the other, and their bones.
    names : (J,) of the joints as :class:`JointDrift` names them.
    poses : of each evaluation, (N, J) all; joints of people it did not find are absent.
    """

    skeleton: Skeleton
    names: tuple[str, ...]
    poses: tuple[Pose, ...]


def shown(evaluations: Sequence[Evaluation], spec: DecodeSpec, head: int) -> Shown:
    """Read one head of evaluations that ran, the reference first.

    Everybody stands in the place of the reference's person whose nearest they are; whom the
    reference did not find stands behind.
    """
    skeleton = skeleton_named(spec.skeleton)
    if spec.people is None:
        poses = tuple(evaluation.poses[head] for evaluation in evaluations)
        return Shown(skeleton, skeleton.joints, poses)
    people = [decode_people(evaluation.outputs, spec) for evaluation in evaluations]
    frames = len(evaluations[0].poses[head].score)
    known = max((len(people[0].of(n).person) for n in range(frames)), default=0)
    places = [_places(people[0], one, frames, known) for one in people]
    count = max((place + 1 for of in places for one in of for place in one), default=0)
    joints = len(skeleton.joints)
    everybody = Skeleton(
        skeleton.name,
        skeleton.joints * count,
        tuple((m * joints + a, m * joints + b) for m in range(count) for a, b in skeleton.bones),
    )
    called = [
        f"{PERSON} {m + 1}" if m < known else f"{FOUND} {m - known + 1}" for m in range(count)
    ]
    names = tuple(f"{person} {joint}" for person in called for joint in skeleton.joints)
    poses = tuple(
        _side_by_side(one, of, (frames, count, joints))
        for one, of in zip(people, places, strict=True)
    )
    return Shown(everybody, names, poses)


def _places(reference: People, people: People, frames: int, known: int) -> list[list[int]]:
    """Return the place of each person of each picture."""
    found = []
    for n in range(frames):
        here = people.of(n)
        partner = {b: a for a, b in pair_people(reference.of(n), here).items()}
        found.append([partner.get(m, known + m) for m in range(len(here.person))])
    return found


def _side_by_side(people: People, places: list[list[int]], shape: tuple[int, int, int]) -> Pose:
    position, score = np.full((*shape, 2), np.nan), np.zeros(shape)
    for n, place in enumerate(places):
        here = people.of(n)
        position[n, place], score[n, place] = here.position, here.score
    frames, count, joints = shape
    flat = frames, count * joints
    cell = np.where(score > 0, 0, -1).reshape(flat)
    return Pose(position.reshape(*flat, 2), score.reshape(flat), cell)
