import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.image_resizing.affine import affine
from poseconvert.mil.ops.image_resizing.resample import resample

# Core ML's padding mode -> torch's, and the alignment with which torch folds at the same place.
TORCH = {
    "constant": ("zeros", None),
    "border": ("border", None),
    "reflection": ("reflection", True),
    "symmetric": ("reflection", False),
}
# numpy's name for the picture that each padding mode continues.
NUMPY = {"border": "edge", "reflection": "reflect", "symmetric": "symmetric"}
eighth = st.integers(-24, 24).map(lambda n: n / 8)  # exact in float32, ties included


@st.composite
def places(draw, *, height, width):
    """A grid [1, h, w, 2] of coordinates inside and outside."""
    flat = [[draw(eighth), draw(eighth)] for _ in range(height * width)]
    return np.array(flat, np.float32).reshape(1, height, width, 2)


def pictures(*shape):
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("sampling", ["bilinear", "nearest"])
@pytest.mark.parametrize("padding", TORCH)
@given(
    grid=places(height=2, width=3),
    height=st.sampled_from([1, 2, 3, 5, 9]),
    width=st.sampled_from([1, 2, 3, 4, 8]),
    align=st.booleans(),
)
def test_resample_is_torchs_grid_sample(sampling, padding, grid, height, width, align):
    mode, folded = TORCH[padding]
    align = align if folded is None else folded
    x, grid = pictures(2, 3, height, width), np.repeat(grid, 2, axis=0)
    wanted = F.grid_sample(
        torch.from_numpy(x), torch.from_numpy(grid), sampling, mode, align_corners=align
    )
    got = resample(
        x=x,
        coordinates=grid,
        sampling_mode=sampling,
        padding_mode=padding,
        padding_value=0,
        coordinates_mode="normalized_minus_one_to_one",
        align_corners=align,
    )
    np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", TORCH)
@given(
    grid=places(height=3, width=2).map(lambda grid: grid * 4),
    height=st.integers(1, 4),
    width=st.integers(1, 5),
)
def test_unnormalised_coordinates_read_the_continued_picture(padding, grid, height, width):
    """Oracle: numpy continues the picture, then two one-dimensional interpolations."""
    x, margin = pictures(1, 1, height, width), 16
    around = [(margin, margin)] * 2
    if padding == "constant":
        whole = np.pad(x[0, 0], around, constant_values=2.5)
    else:
        whole = np.pad(x[0, 0], around, mode=NUMPY[padding])
    wanted = np.zeros(grid.shape[1:3])
    for place in np.ndindex(wanted.shape):
        column, row = grid[0][place] + margin
        line = [np.interp(column, np.arange(whole.shape[1]), values) for values in whole]
        wanted[place] = np.interp(row, np.arange(whole.shape[0]), line)
    for align in (True, False):
        got = resample(
            x=x,
            coordinates=grid,
            sampling_mode="bilinear",
            padding_mode=padding,
            padding_value=2.5,
            coordinates_mode="unnormalized",
            align_corners=align,
        )
        np.testing.assert_allclose(got[0, 0], wanted, rtol=1e-4, atol=1e-5)


@given(grid=places(height=2, width=2), align=st.booleans())
def test_zero_to_one_is_minus_one_to_one_moved(grid, align):
    common = {
        "x": pictures(1, 2, 4, 5),
        "sampling_mode": "nearest",
        "padding_mode": "constant",
        "padding_value": 4.0,
        "align_corners": align,
    }
    wanted = resample(coordinates=grid, coordinates_mode="normalized_minus_one_to_one", **common)
    got = resample(coordinates=(grid + 1) / 2, coordinates_mode="normalized_zero_to_one", **common)
    np.testing.assert_array_equal(got, wanted)


# coremltools' own test: (sampling, padding, value, coordinates mode, align) -> result.
PUBLISHED = [
    (
        ("bilinear", "constant", 6.17, "normalized_minus_one_to_one", True),
        [8.585, 6.17, 27.5, 6.17],
    ),
    (("nearest", "border", -1, "unnormalized", False), [11, 11, 11, 44]),
    (("bilinear", "reflection", -1, "normalized_zero_to_one", True), [22, 36.3, 11, 34.1]),
    (("nearest", "symmetric", -1, "normalized_zero_to_one", False), [22, 33, 11, 33]),
]


@pytest.mark.parametrize(("modes", "wanted"), PUBLISHED)
def test_published_results(modes, wanted):
    names = ("sampling_mode", "padding_mode", "padding_value", "coordinates_mode", "align_corners")
    got = resample(
        x=np.array([11, 22, 33, 44], np.float32).reshape(1, 1, 2, 2),
        coordinates=np.array([-1, -2, -3.7, -1, 0, 0, 3.5, 1.2], np.float32).reshape(1, 2, 2, 2),
        **dict(zip(names, modes, strict=True)),
    )
    np.testing.assert_allclose(got.reshape(-1), wanted, rtol=1e-5)


@pytest.mark.parametrize("padding", TORCH)
@pytest.mark.parametrize("sampling", ["bilinear", "nearest"])
def test_coordinates_that_are_no_numbers_read_something_finite(padding, sampling):
    got = resample(
        x=pictures(1, 1, 3, 4),
        coordinates=np.array([np.nan, np.inf, -np.inf, 1e38], np.float32).reshape(1, 1, 2, 2),
        sampling_mode=sampling,
        padding_mode=padding,
        padding_value=0,
        coordinates_mode="unnormalized",
        align_corners=True,
    )
    assert np.isfinite(got).all()


number = st.integers(-8, 8).map(lambda n: n / 4)


@given(
    st.lists(number, min_size=6, max_size=6),
    st.integers(1, 4),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
)
def test_affine_is_torchs(matrix, height, width, align, shared):
    x = pictures(2, 3, 4, 5)
    matrices = np.array([matrix, matrix[::-1]], np.float32)[: 1 if shared else 2]
    theta = torch.from_numpy(matrices).reshape(-1, 2, 3).expand(2, 2, 3)
    grid = F.affine_grid(theta, [2, 3, height, width], align_corners=align)
    wanted = F.grid_sample(torch.from_numpy(x), grid, align_corners=align)
    got = affine(
        x=x,
        transform_matrix=matrices,
        output_height=height,
        output_width=width,
        sampling_mode="bilinear",
        padding_mode="constant",
        padding_value=0,
        coordinates_mode="normalized_minus_one_to_one",
        align_corners=align,
    )
    np.testing.assert_allclose(got, wanted.numpy(), rtol=1e-4, atol=1e-5)


RESAMPLE = {
    "x": np.ones((1, 1, 2, 2), np.float32),
    "coordinates": np.ones((1, 1, 1, 2), np.float32),
    "sampling_mode": "nearest",
    "padding_mode": "border",
    "padding_value": 0,
    "coordinates_mode": "unnormalized",
    "align_corners": True,
}
AFFINE = {
    "x": np.ones((1, 1, 2, 2), np.float32),
    "transform_matrix": np.ones((1, 6), np.float32),
    "output_height": 2,
    "output_width": 2,
    "sampling_mode": "bilinear",
    "padding_mode": "constant",
    "padding_value": 0,
    "coordinates_mode": "normalized_minus_one_to_one",
    "align_corners": True,
}


@pytest.mark.parametrize(
    ("kernel", "fitting", "change", "text"),
    [
        (resample, RESAMPLE, {"sampling_mode": "cubic"}, 'unknown mode "cubic"'),
        (resample, RESAMPLE, {"padding_mode": "wrap"}, 'unknown mode "nearest", "wrap"'),
        (resample, RESAMPLE, {"coordinates": np.ones((2, 1, 1, 2))}, "do not fit x"),
        (resample, RESAMPLE, {"coordinates": np.ones((1, 1, 1, 3))}, "do not fit x"),
        (affine, AFFINE, {"sampling_mode": "nearest"}, "Core ML has none"),
        (affine, AFFINE, {"padding_value": 1}, "Core ML has none"),
        (affine, AFFINE, {"transform_matrix": np.ones((2, 6))}, "does not fit x"),
        (affine, AFFINE, {"output_height": 2**30}, "is refused"),
    ],
)
def test_what_does_not_fit_is_refused(kernel, fitting, change, text):
    with pytest.raises(ValueError, match=text):
        kernel(**{**fitting, **change})
