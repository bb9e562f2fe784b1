"""The picture in the input is what a dense float64 matrix makes of it, within one grey level."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from poseconvert.imaging.preprocessing import Preprocessing, input_picture


def triangle(count, size, scale, shift):
    """Weights (count, size) of an antialiased bilinear filter, each output pixel by its own centre.

    ``input = picture * scale + shift``; where it shrinks the triangle is as wide as two output
    pixels, where it grows as two picture pixels. Weights beyond the picture are left out.
    """
    centre = (np.arange(count) + 0.5 - shift) / scale
    reach = max(1 / scale, 1.0)
    distance = np.abs(np.arange(size) + 0.5 - centre[:, None]) / reach
    weights = np.maximum(0, 1 - distance)
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.where(total, total, 1)


def covered(count, size, scale, shift):
    """Which output pixels lie wholly within the picture."""
    edges = np.arange(count)
    return (edges >= shift - 1e-6) & (edges + 1 <= size * scale + shift + 1e-6)


def reference(pixels, width, height, fit):
    """Resample in one step in float64; what the picture does not cover wholly is black."""
    size = pixels.shape[1], pixels.shape[0]
    scales = [target / side for target, side in zip((width, height), size, strict=True)]
    if fit == "letterbox":
        scales = [min(scales)] * 2
    elif fit == "crop":
        scales = [max(scales)] * 2
    axes = []
    for target, side, scale in zip((width, height), size, scales, strict=True):
        shift = (target - side * scale) / 2
        axes.append((triangle(target, side, scale, shift), covered(target, side, scale, shift)))
    (across, columns), (down, rows) = axes
    found = np.einsum("yh,xw,hwc->yxc", down, across, pixels.astype(np.float64))
    return found * rows[:, None, None] * columns[None, :, None]


@settings(max_examples=60, deadline=None)
@given(
    w=st.integers(8, 70), h=st.integers(8, 70), width=st.integers(8, 48),
    height=st.integers(8, 48), fit=st.sampled_from(["letterbox", "crop", "stretch"]),
    seed=st.integers(0, 999),
)  # fmt: skip
def test_every_pixel_is_within_one_grey_level_of_float64(w, h, width, height, fit, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (h, w, 3), dtype=np.uint8)
    found, _ = input_picture(Image.fromarray(pixels), Preprocessing(width, height, fit))
    expected = reference(pixels, width, height, fit)
    assume(expected.any())  # a sliver covers no pixel wholly
    # Pillow rounds to whole grey levels after each of its two passes.
    assert np.abs(found - expected).max() <= 1.01


@pytest.mark.parametrize("fit", ["letterbox", "crop", "stretch"])
def test_shrinking_takes_every_pixel_into_account(fit):
    """One white line of many is seen after shrinking eightfold: the filter is antialiased."""
    pixels = np.zeros((128, 128, 3), np.uint8)
    pixels[:, ::2] = 255
    found, _ = input_picture(Image.fromarray(pixels), Preprocessing(16, 16, fit))
    assert np.abs(found.astype(float) - 127.5).max() < 10
    np.testing.assert_allclose(found, reference(pixels, 16, 16, fit), atol=1.01)


@settings(max_examples=100, deadline=None)
@given(
    w=st.integers(1, 5000), h=st.integers(1, 5000), width=st.integers(1, 512),
    height=st.integers(1, 512), fit=st.sampled_from(["letterbox", "crop", "stretch"]),
    x=st.floats(0, 1), y=st.floats(0, 1),
)  # fmt: skip
def test_a_keypoint_found_in_the_input_lies_where_it_was_in_the_picture(
    w, h, width, height, fit, x, y
):
    from poseconvert.imaging.preprocessing import placement

    place = placement((w, h), Preprocessing(width, height, fit))
    there = np.array([x * width, y * height])
    back = place.to_picture(there)
    again = place.to_input(back)
    np.testing.assert_allclose(again, there, rtol=0, atol=1e-9 * max(w, h, width, height))
