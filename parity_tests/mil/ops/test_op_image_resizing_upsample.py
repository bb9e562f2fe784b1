import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st

from poseconvert.mil.ops.image_resizing.upsample_bilinear import (
    upsample_bilinear_ios15,
    upsample_bilinear_ios16,
)
from poseconvert.mil.ops.image_resizing.upsample_nearest_neighbor import upsample_nearest_neighbor

sides = st.integers(1, 6)
factors = st.sampled_from([1, 2, 3, 1.5, 2.25, 0.5])


def picture(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@given(sides, sides, factors, factors)
def test_nearest_is_torchs_with_the_scale_of_the_whole_sizes(height, width, up, across):
    x = picture(1, 2, height, width)
    size = (int(height * up), int(width * across))
    assume(min(size) > 0)
    wanted = F.interpolate(torch.from_numpy(x), size=size, mode="nearest").numpy()
    got = upsample_nearest_neighbor(x=x, scale_factor_height=up, scale_factor_width=across)
    np.testing.assert_array_equal(got, wanted)


@given(sides, sides, factors, factors, st.booleans())
def test_bilinear_is_torchs(height, width, up, across, align_corners):
    x = picture(1, 2, height, width)
    size = (int(height * up), int(width * across))
    assume(min(size) > 0)
    wanted = F.interpolate(
        torch.from_numpy(x), size=size, mode="bilinear", align_corners=align_corners
    ).numpy()
    parameters = {
        "x": x,
        "scale_factor_height": up,
        "scale_factor_width": across,
        "align_corners": align_corners,
    }
    for upsample in (upsample_bilinear_ios15, upsample_bilinear_ios16):
        np.testing.assert_allclose(upsample(**parameters), wanted, rtol=1e-4, atol=1e-5)


def test_bilinear_without_both_flags_starts_at_zero():
    x = np.array([[[0.0, 1.0]]], np.float32)
    got = upsample_bilinear_ios16(
        x=x, scale_factor_width=3, align_corners=False, half_pixel_centers=False
    )
    # The example of coremltools' resize_bilinear DEFAULT, Xout = 6.
    np.testing.assert_allclose(got[0, 0], [0, 1 / 3, 2 / 3, 1, 1, 1], atol=1e-6)


def test_bilinear_follows_the_documented_grid():
    x = np.array([[[0.0, 1.0]]], np.float32)
    got = upsample_bilinear_ios15(x=x, scale_factor_width=2.5, align_corners=False)
    np.testing.assert_allclose(got[0, 0], [0, 0.1, 0.5, 0.9, 1], atol=1e-6)
    got = upsample_bilinear_ios15(x=x, scale_factor_width=2.5)
    np.testing.assert_allclose(got[0, 0], [0, 0.25, 0.5, 0.75, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"x": np.ones((2, 2), np.float32)}, "expected 3 or more"),
        ({"x": np.ones((1, 2, 2), np.float32), "scale_factor_height": 0.1}, "is empty"),
        ({"x": np.ones((1, 2, 2), np.float32), "scale_factor_height": 2**30}, "is refused"),
        ({"x": np.ones((1, 2, 2), np.float32), "half_pixel_centers": True}, "exclude each other"),
    ],
)
def test_what_does_not_fit_is_refused(parameters, text):
    with pytest.raises(ValueError, match=text):
        upsample_bilinear_ios16(**parameters)
