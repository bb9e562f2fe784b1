"""Everybody is drawn: in the place of whose nearest they are, lost and found people too."""

from types import SimpleNamespace

import numpy as np
import pytest

from parity_tests.decoding import scenes
from poseconvert.decoding import decode, decode_people, pair_people, specs
from poseconvert.drift import movement
from poseconvert.reports.shown import shown

POSES = scenes.figures(5, 4, joints=18, size=(256, 256))


def evaluation(*frames):
    """What a network found of these people, each frame a list of their numbers."""
    made = [scenes.openpose(POSES[list(people)] if people else -99 * POSES) for people in frames]
    outputs = {name: np.concatenate([one[name] for one in made]) for name in made[0]}
    shapes = {name: tensor.shape for name, tensor in outputs.items()}
    (spec,) = specs("openpose", input_size=(256, 256), shapes=shapes)
    return SimpleNamespace(outputs=outputs, poses=(decode(outputs, spec),)), spec


@pytest.fixture(scope="module")
def read():
    reference, spec = evaluation((0, 1, 2), (3,))
    candidate, _ = evaluation((1, 2, 3), ())
    return reference, candidate, spec, shown([reference, candidate], spec, 0)


def test_a_place_holds_one_person_on_both_sides(read):
    reference, candidate, spec, found = read
    first, last = found.poses
    moved = movement(first, last)
    both = ~first.absent & ~last.absent
    assert both[0].sum() > 18
    assert moved.distance[both].max() < 1
    for side, pose in ((reference, first), (candidate, last)):
        people = decode_people(side.outputs, spec)
        assert (~pose.absent).sum() == (people.score > 0).sum()


def test_lost_and_found_people_stand_on_one_side_only(read):
    reference, candidate, spec, found = read
    first, last = found.poses
    here, there = (decode_people(side.outputs, spec).of(0) for side in (reference, candidate))
    pairs = pair_people(here, there)
    only_first, only_last = ~first.absent & last.absent, first.absent & ~last.absent
    lost = {found.names[j].rpartition(" ")[0] for j in np.flatnonzero(only_first[0])}
    new = {found.names[j].rpartition(" ")[0] for j in np.flatnonzero(only_last[0])}
    assert lost == {f"person {m + 1}" for m in range(len(here.person)) if m not in pairs} != set()
    others = [m for m in range(len(there.person)) if m not in pairs.values()]
    assert new == {f"found person {m + 1}" for m in others} != set()
    assert last.absent[1].all()
    assert not first.absent[1].all()


def test_bones_stay_within_a_person(read):
    *_, found = read
    joints = 18
    assert len(found.skeleton.joints) == len(found.names) == found.poses[0].score.shape[1]
    assert all(a // joints == b // joints for a, b in found.skeleton.bones)


def test_nobody_anywhere_is_nothing_to_draw():
    nobody, spec = evaluation((0,))
    nobody.outputs = {name: np.zeros_like(value) for name, value in nobody.outputs.items()}
    nobody.poses = (decode(nobody.outputs, spec),)
    found = shown([nobody, nobody], spec, 0)
    assert found.names == ()
    assert found.poses[0].position.shape == (1, 0, 2)
