"""What a chain is run on: the user's pictures, people, patterns, in this order."""

import numpy as np
import pytest
from PIL import Image

from poseconvert.imaging.preprocessing import Preprocessing
from poseconvert.imaging.stock import STOCK
from poseconvert.pipeline.chain.inputs import chain_inputs

SHAPES = {"image": (1, 3, 24, 32)}
PICTURED = {"image": Preprocessing(width=32, height=24)}
PEOPLE = ("figure-1", "figure-2", "photo")
PATTERNS = ("pattern-blobs", "pattern-ramp", "pattern-noise")


@pytest.fixture
def picture(tmp_path):
    def stored(name, colour="teal"):
        Image.new("RGB", (40, 40), colour).save(tmp_path / name)
        return tmp_path / name

    return stored


def test_people_stand_before_patterns_and_the_user_s_pictures_before_both(picture):
    mine = picture("mine.png")
    inputs = chain_inputs(SHAPES, PICTURED, pictures=[mine])
    assert inputs.names == ("mine", *PEOPLE, *PATTERNS)
    assert inputs.origins == ("given", *("people",) * 3, *("pattern",) * 3)
    assert inputs.values["image"].shape == (7, 24, 32, 3)


@pytest.mark.parametrize("named", [STOCK["photo"], STOCK["figure"] + STOCK["photo"]])
def test_a_picture_of_ours_that_was_named_is_fed_once(named):
    inputs = chain_inputs(SHAPES, PICTURED, pictures=named)
    assert sorted(inputs.names) == sorted((*PEOPLE, *PATTERNS))
    assert inputs.origins[: len(named)] == ("given",) * len(named)
    assert inputs.origins.count("people") == 3 - len(named)


def test_pictures_of_the_user_that_are_called_as_ours_are_told_apart(picture):
    inputs = chain_inputs(
        SHAPES, PICTURED, pictures=[picture("photo.png"), picture("figure-1.png")]
    )
    assert len(set(inputs.names)) == len(inputs.names) == 8
    assert inputs.names[:2] == ("photo", "figure-1")


def test_of_several_pictures_no_two_are_the_same():
    shapes = dict.fromkeys("abc", (1, 3, 24, 32))
    inputs = chain_inputs(shapes, {name: Preprocessing(width=32, height=24) for name in shapes})
    for at in range(len(inputs.names)):
        seen = {values[at].tobytes() for values in inputs.values.values()}
        assert len(seen) == 3, inputs.names[at]


def test_tensors_beside_a_picture_are_seeded_and_in_the_network_s_order():
    inputs = chain_inputs({"size": (1, 2), **SHAPES}, PICTURED)
    assert list(inputs.values) == ["size", "image"]
    assert inputs.values["size"].shape == (6, 2)
    again = chain_inputs({"size": (1, 2), **SHAPES}, PICTURED)
    np.testing.assert_array_equal(inputs.values["size"], again.values["size"])


def test_a_network_without_pictures_is_fed_seeded_numbers():
    inputs = chain_inputs({"keypoints": (1, 34)}, {})
    assert inputs.names == ("seed-1", "seed-2", "seed-3", "seed-4")
    assert set(inputs.origins) == {"random"}
    assert inputs.values["keypoints"].dtype == np.float32
