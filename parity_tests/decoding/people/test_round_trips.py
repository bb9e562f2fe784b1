"""Poses that hypothesis draws, encoded as each kind of network would, and decoded again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity_tests.decoding import scenes
from poseconvert.decoding import decode, decode_people, specs

SEEDS = st.integers(0, 2**32 - 1)


def people_of(preset, outputs, size):
    shapes = {name: values.shape for name, values in outputs.items()}
    (spec,) = specs(preset, input_size=size, shapes=shapes)
    return decode_people(outputs, spec)


def matched(found, poses):
    """Distance of each pose to the person nearest to it."""
    away = np.linalg.norm(found.position[:, None] - poses, axis=3)
    return np.nanmax(away, axis=2).min(axis=0)


@given(SEEDS, st.integers(1, 4))
def test_posenet_finds_who_was_encoded(seed, count):
    poses = scenes.figures(seed, count, size=(257, 257))
    people = people_of("posenet_multi", scenes.posenet(poses), (257, 257))
    assert len(people) == count
    # Two joints of a kind may share a cell, and a joint's nearest cell may be another person's.
    assert np.median(matched(people, poses)) < 0.01


@given(SEEDS)
def test_posenet_gives_one_person_back_exactly(seed):
    poses = scenes.figures(seed, 1, size=(257, 257))
    people = people_of("posenet_multi", scenes.posenet(poses), (257, 257))
    np.testing.assert_allclose(people.position, poses, atol=1e-3)


@given(SEEDS)
def test_movenet_gives_the_person_back(seed):
    pose = scenes.figures(seed, 1, size=(192, 192))[0]
    outputs = scenes.movenet(pose)
    # The published reading adds a half and cuts: below zero that is the next cell, unless encoded.
    outputs["regression"] = np.where(
        outputs["regression"] < 0, outputs["regression"] - 0.5, outputs["regression"]
    )
    people = people_of("movenet", outputs, (192, 192))
    np.testing.assert_allclose(people.position[0], pose, atol=1e-3)


@given(SEEDS, st.integers(1, 4))
def test_centernet_finds_who_was_encoded(seed, count):
    poses = scenes.figures(seed, count)
    people = people_of("centernet", scenes.centernet(poses), (256, 256))
    assert len(people) == count
    # A joint whose peak another one hides lies where the centre expects it: the same place.
    assert matched(people, poses).max() < 4


@given(SEEDS, st.integers(1, 3))
def test_openpose_finds_who_was_encoded(seed, count):
    rng = scenes.random(seed)
    upright = np.array([
        (0, -70), (0, -45), (-20, -45), (-28, -15), (-30, 10), (20, -45), (28, -15), (30, 10),
        (-12, 10), (-14, 50), (-15, 90), (12, 10), (14, 50), (15, 90),
        (-6, -78), (6, -78), (-14, -74), (14, -74),
    ])  # fmt: skip
    middles = np.array([(60 + 110 * i, 120) for i in range(count)])
    poses = middles[:, None] + upright + rng.uniform(-2, 2, (count, 18, 2))
    outputs = scenes.openpose(poses, grid=(56, 100), stride=4)
    people = people_of("openpose", outputs, (224, 400))
    assert len(people) == count
    assert matched(people, poses).max() <= 4 * 2**0.5


@given(SEEDS, st.integers(0, 6))
def test_yolo_finds_each_person_once(seed, count):
    outputs = scenes.yolo(seed, people=count)
    people = people_of("yolo", outputs, (320, 320))
    rows = outputs["output0"][0].T
    strong = rows[rows[:, 4] > 0.25]
    assert len(people) <= len(strong)
    assert (len(people) > 0) == (len(strong) > 0)
    assert np.all(np.diff(people.person) <= 0)
    for position in people.position:
        assert np.any(np.all(np.isclose(strong[:, 5::3], position[:, 0]), axis=1))


@pytest.mark.parametrize("axis", [0, 1])
@given(SEEDS)
def test_simcc_gives_the_bin_back(axis, seed):
    pose = np.floor(scenes.figures(seed, 2, size=(256, 192)) * 2) / 2
    vectors = {}
    for one, (name, bins) in enumerate((("simcc_x", 384), ("simcc_y", 512))):
        away = np.arange(bins) - 2 * pose[..., one, None]
        vectors[name] = np.exp(-(away**2) / 72).astype(np.float32)
    shapes = {name: values.shape for name, values in vectors.items()}
    (spec,) = specs("simcc", input_size=(256, 192), shapes=shapes)
    np.testing.assert_array_equal(decode(vectors, spec).position[..., axis], pose[..., axis])
