"""What one artifact is fed of what all are given."""

import numpy as np
import pytest

from poseconvert.imaging.scaling import Scaling
from poseconvert.imaging.wanted import Wanted, scaled, wanted_tensor

PICTURE = np.arange(24, dtype=np.float32).reshape(1, 3, 2, 4) * 11 - 1
UNIT = Scaling((0.5, 1, 2), (1, 2, 3))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted("x", (1, 3, 2, 4)), PICTURE),
        (Wanted("x", (1, 3, 2, 4), image="RGB"), PICTURE.clip(0, 255)),
        (Wanted("x", (1, 3, 2, 4), channels_last=True), PICTURE.transpose(0, 2, 3, 1)),
        (Wanted("x", (1, 3, 2, 4), dtype="uint8"), PICTURE.clip(0, 255).astype(np.uint8)),
        (Wanted("x", (1, 3, 2, 4), dtype="float16"), PICTURE.astype(np.float16)),
        (Wanted("x", (1, 3, 2, 4), scaling=UNIT), UNIT.apply(PICTURE)),
        # An image is scaled by its package, whatever the caller would do.
        (Wanted("x", (1, 3, 2, 4), image="BGR", scaling=UNIT), PICTURE.clip(0, 255)),
    ],
    ids=str,
)
def test_a_picture_is_fed_as_it_is_wanted(wanted, expected):
    fed = wanted.fed(PICTURE)
    assert fed.dtype == expected.dtype
    np.testing.assert_array_equal(fed, expected)


def test_scaling_is_per_colour():
    fed = Wanted("x", (1, 3, 2, 4), scaling=UNIT).fed(np.ones((1, 3, 2, 4), np.float32))
    assert fed[0, :, 0, 0].tolist() == [1.5, 3, 5]


def test_the_layout_is_read_from_the_axis_that_holds_three_colours():
    assert wanted_tensor("x", (1, 32, 24, 3)) == Wanted("x", (1, 3, 32, 24), channels_last=True)
    assert wanted_tensor("x", (1, 3, 32, 24), np.int32) == Wanted(
        "x", (1, 3, 32, 24), dtype="int32"
    )
    assert not wanted_tensor("x", (1, 17, 3)).picture


def test_only_pictures_that_are_fed_as_tensors_are_scaled():
    given = [Wanted("a", (1, 3, 2, 2)), Wanted("b", (1, 3, 2, 2), image="RGB"), Wanted("c", (1, 9))]
    assert [one.scaling for one in scaled(given, UNIT)] == [UNIT, None, None]


def test_it_says_what_it_is():
    wanted = Wanted("x", (1, 3, 2, 4), channels_last=True, dtype="float16", scaling=UNIT)
    assert str(wanted) == "x 1x3x2x4, float16 NHWC, fed x * (0.5, 1, 2) + (1, 2, 3)"
    assert str(Wanted("x", (1, 3, 2, 4), image="BGR")) == "x 1x3x2x4, BGR image"
    assert str(Wanted("x", (1, 34))) == "x 1x34, float32"
