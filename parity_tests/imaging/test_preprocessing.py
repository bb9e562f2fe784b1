"""A picture's pixels land where the placement says, and keypoints come back from there."""

import dataclasses

import msgspec
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from poseconvert.errors import PictureError
from poseconvert.imaging.preprocessing import (
    Preprocessing,
    input_picture,
    input_tensor,
    placement,
)

sides = st.integers(1, 4000)
small = st.integers(1, 300)
fits = st.sampled_from(["letterbox", "crop", "stretch"])


def noise(width, height, seed=0):
    generator = np.random.default_rng(seed)
    return Image.fromarray(generator.integers(0, 256, (height, width, 3), dtype=np.uint8))


@given(w=sides, h=sides, width=small, height=small, fit=fits, seed=st.integers(0, 999))
@example(w=4000, h=1, width=224, height=224, fit="letterbox", seed=0)
@example(w=1, h=4000, width=257, height=257, fit="crop", seed=0)
def test_keypoints_come_back_where_they_were(w, h, width, height, fit, seed):
    place = placement((w, h), Preprocessing(width, height, fit))
    points = np.random.default_rng(seed).uniform(-1, 1.5, (5, 2)) * (w, h)
    np.testing.assert_allclose(place.to_picture(place.to_input(points)), points, rtol=0, atol=1e-9)


@given(w=sides, h=sides, width=small, height=small)
def test_letterbox_shows_all_and_crop_covers_all(w, h, width, height):
    corners = np.array([(0, 0), (w, h)])
    boxed = placement((w, h), Preprocessing(width, height, "letterbox")).to_input(corners)
    filled = placement((w, h), Preprocessing(width, height, "crop")).to_input(corners)
    margin = 1e-9 * max(width, height)
    assert (boxed[0] >= -margin).all()
    assert (boxed[1] <= (width + margin, height + margin)).all()
    assert (filled[0] <= margin).all()
    assert (filled[1] >= (width - margin, height - margin)).all()
    for corner in (boxed, filled):  # in the middle, and touching both sides of one axis
        np.testing.assert_allclose(corner.sum(axis=0), (width, height), atol=1e-6)
        assert np.isclose(corner[1] - corner[0], (width, height), atol=1e-6).any()


@pytest.mark.parametrize(("size", "target"), [((64, 48), (32, 32)), ((33, 57), (224, 224))])
def test_stretch_is_pillow_s_antialiased_bilinear(size, target):
    picture = noise(*size)
    found, _ = input_picture(picture, Preprocessing(*target, "stretch"))
    np.testing.assert_array_equal(
        found, np.asarray(picture.resize(target, Image.Resampling.BILINEAR))
    )


def test_letterbox_is_a_resize_between_black_bars():
    picture = noise(40, 20)
    found, _ = input_picture(picture, Preprocessing(32, 32, "letterbox"))
    expected = np.zeros((32, 32, 3), np.uint8)
    expected[8:24] = np.asarray(picture.resize((32, 16), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(found, expected)


def test_crop_is_a_resize_of_the_middle():
    picture = noise(40, 20)
    found, _ = input_picture(picture, Preprocessing(10, 10, "crop"))
    middle = picture.resize((10, 10), Image.Resampling.BILINEAR, box=(10, 0, 30, 20))
    np.testing.assert_array_equal(found, np.asarray(middle))


def test_a_picture_of_the_input_s_size_is_not_resampled():
    picture = noise(31, 17)
    for fit in ("letterbox", "crop", "stretch"):
        found, place = input_picture(picture, Preprocessing(31, 17, fit))
        np.testing.assert_array_equal(found, np.asarray(picture))
        assert (place.scale, place.shift) == ((1, 1), (0, 0))


@settings(max_examples=150, deadline=None)
@given(w=st.integers(40, 300), h=st.integers(40, 300), width=st.integers(32, 80),
       height=st.integers(32, 80), fit=fits,
       x=st.floats(0.4, 0.6), y=st.floats(0.4, 0.6))  # fmt: skip
def test_a_dot_lands_where_the_placement_says_within_a_pixel(w, h, width, height, fit, x, y):
    preprocessing = Preprocessing(width, height, fit)
    scale = np.array(placement((w, h), preprocessing).scale)
    # Large enough to be seen after downsampling: three input pixels.
    half = np.maximum(0.5, 1.5 / scale)
    assume((2 * half < np.array([w, h]) / 3).all())
    low = np.floor(np.array([x * w, y * h]) - half).astype(int).clip(0)
    high = np.ceil(low + 2 * half).astype(int)
    canvas = np.zeros((h, w, 3), np.uint8)
    canvas[low[1] : high[1], low[0] : high[0], 1] = 255
    found, place = input_picture(Image.fromarray(canvas), preprocessing)
    corners = place.to_input(np.array([low, high]))
    assume((corners >= 2).all() and (corners <= np.array([width, height]) - 2).all())  # not cut
    green = found[:, :, 1].astype(float)
    assert green.sum() > 0
    assert found[:, :, ::2].sum() == 0, "the dot changed its colour"
    rows, columns = np.indices(green.shape) + 0.5
    centre = np.array([(columns * green).sum(), (rows * green).sum()]) / green.sum()
    np.testing.assert_allclose(centre, corners.mean(axis=0), rtol=0, atol=1)


@pytest.mark.parametrize("fit", ["letterbox", "crop", "stretch"])
@pytest.mark.parametrize(
    "size", [(1, 1), (1, 3000), (3000, 1), (2, 5000), (7, 13), (5000, 3), (223, 225)]
)
@pytest.mark.parametrize("target", [(1, 1), (17, 17), (224, 224), (257, 33)])
def test_any_shape_of_picture_fills_any_input(size, target, fit):
    white = Image.new("RGB", size, (255, 255, 255))
    found, _ = input_picture(white, Preprocessing(*target, fit))
    assert (found.shape, found.dtype) == ((target[1], target[0], 3), np.uint8)
    assert set(np.unique(found)) <= {0, 255}
    assert found.any(), "nothing of the picture is left"
    if fit != "letterbox":
        assert (found == 255).all()


def test_the_tensor_is_rgb_planes_of_the_same_numbers():
    pixels = np.asarray(noise(5, 4))
    tensor = input_tensor(pixels)
    assert (tensor.shape, tensor.dtype, tensor.flags.c_contiguous) == ((1, 3, 4, 5), "f4", True)
    for channel in range(3):
        np.testing.assert_array_equal(tensor[0, channel], pixels[:, :, channel])
    np.testing.assert_array_equal(input_tensor(np.stack([pixels] * 2))[1], tensor[0])


@pytest.mark.parametrize("fit", ["letterbox", "crop", "stretch"])
def test_the_description_survives_being_stored(fit):
    preprocessing = Preprocessing(224, 192, fit)
    assert msgspec.convert(dataclasses.asdict(preprocessing), Preprocessing) == preprocessing


def test_a_description_that_is_not_understood_is_refused():
    with pytest.raises(PictureError, match="fit 'zoom'"):
        Preprocessing(8, 8, "zoom")
