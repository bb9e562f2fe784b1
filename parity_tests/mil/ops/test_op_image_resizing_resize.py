from fractions import Fraction
from math import floor

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.image_resizing.resize import resize
from poseconvert.mil.ops.image_resizing.resize_bilinear import resize_bilinear
from poseconvert.mil.ops.image_resizing.resize_nearest_neighbor import resize_nearest_neighbor

sides = st.integers(1, 7)
MODES = ("DEFAULT", "STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "OFFSET_CORNERS", "UNALIGN_CORNERS")


def picture(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def documented_point(mode, size, count, i):
    """coremltools' text on ``sampling_mode``, word for word; its 0 / 0 is 0."""
    over = count - 1
    if mode == "STRICT_ALIGN_CORNERS" or (mode == "ALIGN_CORNERS" and count > 1):
        point = i * ((size - 1) / over if over else 0)
    elif mode == "ALIGN_CORNERS":
        point = (size - 1) / 2
    elif mode == "DEFAULT":
        point = i * ((size - size / count) / over if over else 0)
    elif mode == "OFFSET_CORNERS":
        delta = max(1, size - 1) / count
        point = 0.5 * delta + i * ((over * delta) / over if over else 0)
    else:
        spacing = size / count
        point = i * spacing + 0.5 * spacing - 0.5
    return min(size - 1, max(0, point))


@pytest.mark.parametrize("mode", MODES)
@given(sides, sides, sides, sides)
def test_bilinear_reads_the_documented_grid(mode, height, width, rows, columns):
    x = picture(2, height, width)
    wanted = x.astype(np.float64)
    for axis, size, count in ((1, height, rows), (2, width, columns)):
        grid = [documented_point(mode, size, count, i) for i in range(count)]
        wanted = np.apply_along_axis(
            lambda line, grid=grid: np.interp(grid, np.arange(len(line)), line), axis, wanted
        )
    got = resize_bilinear(
        x=x, target_size_height=rows, target_size_width=columns, sampling_mode=mode
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)


@given(sides, sides, sides, sides, st.booleans())
def test_bilinear_is_torchs_with_and_without_aligned_corners(height, width, rows, columns, align):
    x = picture(1, 2, height, width)
    wanted = F.interpolate(
        torch.from_numpy(x), size=(rows, columns), mode="bilinear", align_corners=align
    )
    got = resize_bilinear(
        x=x,
        target_size_height=rows,
        target_size_width=columns,
        sampling_mode="STRICT_ALIGN_CORNERS" if align else "UNALIGN_CORNERS",
    )
    np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-5)


# The examples in coremltools' text on resize_bilinear: [0, 1] read at 5 and at 6 points.
EXAMPLES = {
    ("UNALIGN_CORNERS", 5): [0, 0.1, 0.5, 0.9, 1],
    ("STRICT_ALIGN_CORNERS", 5): [0, 0.25, 0.5, 0.75, 1],
    ("ALIGN_CORNERS", 5): [0, 0.25, 0.5, 0.75, 1],
    ("DEFAULT", 5): [0, 0.4, 0.8, 1, 1],
    ("OFFSET_CORNERS", 5): [0.1, 0.3, 0.5, 0.7, 0.9],
    ("UNALIGN_CORNERS", 6): [0, 0, 1 / 3, 2 / 3, 1, 1],
    ("STRICT_ALIGN_CORNERS", 6): [0, 0.2, 0.4, 0.6, 0.8, 1],
    ("DEFAULT", 6): [0, 1 / 3, 2 / 3, 1, 1, 1],
    ("OFFSET_CORNERS", 6): [1 / 12, 3 / 12, 5 / 12, 7 / 12, 9 / 12, 11 / 12],
    ("STRICT_ALIGN_CORNERS", 1): [0],
    ("ALIGN_CORNERS", 1): [0.5],
}


@pytest.mark.parametrize(("mode", "count"), EXAMPLES)
def test_bilinear_gives_the_published_examples(mode, count):
    x = np.array([[[0.0, 1.0]]], np.float32)
    got = resize_bilinear(x=x, target_size_width=count, sampling_mode=mode)
    np.testing.assert_allclose(got[0, 0], EXAMPLES[mode, count], atol=1e-6)


@given(st.integers(1, 40), st.integers(1, 40))
def test_nearest_takes_the_element_under_the_middle(size, count):
    """As TensorFlow's half_pixel_centers and torch's nearest-exact, in exact fractions."""
    x = np.arange(2 * size, dtype=np.float32).reshape(1, 2, size)
    wanted = [floor((Fraction(i) + Fraction(1, 2)) * Fraction(size, count)) for i in range(count)]
    got = resize_nearest_neighbor(x=x, target_size_height=2, target_size_width=count)
    assert got[0, 0].tolist() == wanted
    assert (got[0, 1] == got[0, 0] + size).all()
    if size in (1, 2, 4, 8, 16, 32):  # where torch's float32 scale is exact
        exact = F.interpolate(torch.from_numpy(x[:, :1]), size=count, mode="nearest-exact")
        assert exact.numpy()[0, 0].tolist() == wanted


@given(st.data(), st.integers(1, 4))
def test_resize_changes_the_last_dimensions_one_by_one(data, rank):
    x = picture(*[data.draw(st.integers(1, 4)) for _ in range(rank)])
    resized = data.draw(st.integers(0, rank))
    length = data.draw(st.integers(resized, rank))
    shape = [data.draw(st.integers(0, 5)) for _ in range(length)]
    got = resize(x=x, shape=np.array(shape, np.int32), resized_dims=resized)
    wanted = x
    for back in range(1, resized + 1):
        count = shape[-back] or x.shape[-back]
        grid = [i * x.shape[-back] / count for i in range(count)]
        wanted = np.apply_along_axis(
            lambda line, grid=grid: np.interp(grid, np.arange(len(line)), line), -back, wanted
        )
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def test_resize_nearest_gives_the_example_of_coremltools_tests():
    x = np.array([-6.174, 9.371], np.float32).reshape(1, 1, 1, 2, 1)
    got = resize(
        x=x,
        shape=np.array([1, 1, 3, 2]),
        resized_dims=2,
        interpolation_mode="NEAREST_NEIGHBOR",
    )
    np.testing.assert_array_equal(got[0, 0, 0, :, 0], x[0, 0, 0, [0, 1, 1], 0])
    np.testing.assert_array_equal(got[..., 0], got[..., 1])


def test_resize_nearest_with_aligned_corners_rounds_the_grid():
    x = np.arange(5, dtype=np.int32)
    got = resize(
        x=x,
        shape=np.array([4]),
        resized_dims=1,
        interpolation_mode="NEAREST_NEIGHBOR",
        sampling_mode="STRICT_ALIGN_CORNERS",
    )
    assert got.dtype == np.int32
    assert got.tolist() == [0, 1, 3, 4]  # 0, 1.33, 2.67, 4


ONE = np.ones((1, 2, 2), np.float32)


@pytest.mark.parametrize(
    ("kernel", "parameters", "text"),
    [
        (resize_bilinear, {"x": ONE[0]}, "expected 3 or more"),
        (resize_bilinear, {"x": ONE, "sampling_mode": "CORNERS"}, 'unknown mode "LINEAR" or "COR'),
        (resize_bilinear, {"x": ONE, "target_size_width": 0}, "is empty"),
        (resize_bilinear, {"x": ONE[:, :0]}, "is empty"),
        (resize_bilinear, {"x": ONE, "target_size_width": 2**31}, "is refused"),
        (resize, {"x": ONE, "shape": np.array([2]), "resized_dims": 2}, "do not fit x"),
        (resize, {"x": ONE[0, 0], "shape": np.array([2, 2]), "resized_dims": 1}, "do not fit x"),
        (
            resize,
            {"x": ONE.astype(np.int32), "shape": np.array([4]), "resized_dims": 1},
            "how integers are interpolated",
        ),
    ],
)
def test_what_does_not_fit_is_refused(kernel, parameters, text):
    with pytest.raises(ValueError, match=text):
        kernel(**parameters)
