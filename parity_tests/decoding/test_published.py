"""Each decoder against what a published implementation gives on the same tensors.

``record_published.py`` ran them; ``published.json`` holds their values and says their versions.
"""

import re

import numpy as np
import pytest

from parity_tests.decoding.published import MANY, ONE, RECORD, pair_of_many, pair_of_one
from poseconvert.decoding.catalogue import CATALOGUE

# They sum in float32, at hundreds of pixels.
PIXELS = 1e-3
SCORES = 1e-5


def same(ours, theirs):
    assert ours.keys() == theirs.keys()
    assert len(ours["position"]) == len(theirs["position"])
    for field, values in ours.items():
        allowed = PIXELS if field in {"position", "box"} else SCORES
        expected = theirs[field].reshape(values.shape)
        np.testing.assert_allclose(values, expected, rtol=0, atol=allowed, err_msg=field)


@pytest.mark.parametrize("preset", ONE)
def test_one_person_as_published(preset):
    same(*pair_of_one(preset))


@pytest.mark.parametrize("name", MANY)
def test_several_people_as_published(name):
    ours, theirs = pair_of_many(name)
    assert len(ours["position"]) > 0 or name == "yolo_empty"
    same(ours, theirs)


def test_a_value_that_is_off_is_seen():
    ours, theirs = pair_of_many("yolo")
    ours["position"] = ours["position"] + 2 * PIXELS
    with pytest.raises(AssertionError, match="position"):
        same(ours, theirs)


def test_the_record_says_what_was_run():
    assert len(RECORD["sources"]) >= 8
    for source in RECORD["sources"].values():
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}|ultralytics [\d.]+, PyPI", source)
    said = " ".join(one.source for one in CATALOGUE)
    assert all(source.split("@")[0].split(" ")[0] in said for source in RECORD["sources"].values())
