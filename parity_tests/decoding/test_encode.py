"""Encoding then decoding returns the keypoints, within the bound of the refinement."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.decoding import DecodeSpec, decode, encode
from poseconvert.errors import DecodeError

seeds = st.integers(0, 2**32 - 1)
SIZE = (96, 128)


def spec_of(grid, **change):
    sides = SIZE if len(grid) == 2 else (64, *SIZE)
    fields = {
        "skeleton": "numbered_3", "joints": 3, "grid": grid, "size": SIZE, "heatmap": "h",
        "stride": tuple(side / n for side, n in zip(sides, grid, strict=True)),
        "offset_order": "xyz"[: len(grid)], "refinement": "none",
    }  # fmt: skip
    return DecodeSpec(**(fields | change))


def joints_in(spec, seed, *, frames=2, clear=0.0):
    """Random keypoints over the grid's cells, `clear` cells off its edge, in the corner frame."""
    rng = np.random.default_rng(seed)
    cells = np.array(spec.grid[::-1])
    index = rng.uniform(clear, cells - 1 - clear, (frames, spec.joints, spec.dims))
    zero = np.array([0, 0, spec.z_zero])[: spec.dims]
    return (index + spec.centre - zero) * spec.stride[::-1]


def in_cells(a, b, spec):
    return np.abs(a - b) / np.array(spec.stride[::-1])


@given(seed=seeds, order=st.permutations("xyz"), unit=st.sampled_from(["pixel", "cell", "image"]),
       centre=st.sampled_from([0, 0.5]), frame=st.sampled_from(["corner", "centred_y_up"]),
       activation=st.sampled_from(["linear", "logit", "probability"]),
       grid=st.tuples(*[st.integers(1, 6)] * 3), dims=st.sampled_from([2, 3]))  # fmt: skip
def test_offsets_return_keypoints_and_scores_exactly(
    seed, order, unit, centre, frame, activation, grid, dims
):
    spec = spec_of(
        grid[-dims:], refinement="offset", offset="o", offset_unit=unit, centre=centre,
        frame=frame, activation=activation, z_zero=1.0 if dims == 3 else 0.0,
        offset_order="".join(axis for axis in order if axis in "xyz"[:dims]),
    )  # fmt: skip
    rng = np.random.default_rng(seed)
    position = rng.uniform(-150, 150, (2, 3, dims))  # outside the picture too
    score = rng.choice([0.0, 0.1, 0.15, 0.5, 1.0], (2, 3))
    pose = decode(encode(position, spec, score=score, dtype=np.float64), spec)
    np.testing.assert_allclose(pose.score, score, rtol=1e-12)
    absent = score == 0
    np.testing.assert_allclose(pose.position[~absent], position[~absent], rtol=0, atol=1e-9)
    assert np.isnan(pose.position[absent]).all()
    np.testing.assert_array_equal(pose.absent, absent)
    np.testing.assert_array_equal(pose.occluded, (score > 0) & (score < 0.5))


def test_offsets_are_exact_at_every_cell():
    spec = spec_of((2, 3, 4), refinement="offset", offset="o", offset_unit="image", z_zero=1.0)
    position = joints_in(spec, 0)
    targets = encode(position, spec, dtype=np.float64)
    for cell in np.ndindex(2, 3, 4):
        elsewhere = np.zeros((2, 3, 2, 3, 4))
        elsewhere[:, :, *cell] = 1
        moved = targets | {"h": elsewhere.reshape(targets["h"].shape)}
        np.testing.assert_allclose(decode(moved, spec).position, position, atol=1e-9)


def test_float32_and_float16_targets_by_default_and_on_demand():
    spec = spec_of((6, 8), refinement="offset", offset="o")
    position = joints_in(spec, 1)
    targets = encode(position, spec)
    assert {tensor.dtype for tensor in targets.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(decode(targets, spec).position, position, atol=1e-4)
    half = decode(encode(position, spec, dtype=np.float16), spec)
    np.testing.assert_allclose(half.position, position, atol=0.05)


@given(seed=seeds, centre=st.sampled_from([0, 0.5]), sigma=st.floats(0.6, 3),
       grid=st.sampled_from([(12, 16), (5, 7), (4, 6, 5)]))  # fmt: skip
def test_no_refinement_is_within_half_a_cell(seed, centre, sigma, grid):
    spec = spec_of(grid, centre=centre)
    position = joints_in(spec, seed)
    pose = decode(encode(position, spec, sigma=sigma, dtype=np.float64), spec)
    assert in_cells(pose.position, position, spec).max() <= 0.5 + 1e-9


@given(seed=seeds, sigma=st.floats(0.6, 3))
def test_quarter_cell_is_within_a_quarter_cell_where_it_may_move(seed, sigma):
    spec = spec_of((12, 16), refinement="quarter_cell")
    position = joints_in(spec, seed)
    pose = decode(encode(position, spec, sigma=sigma, dtype=np.float64), spec)
    drift = in_cells(pose.position, position, spec)
    y, x = np.divmod(pose.cell, 16)
    free = (x > 1) & (x < 15) & (y > 1) & (y < 11)
    assert drift.max() <= 0.5 + 1e-9
    assert drift[free].max(initial=0) <= 0.25 + 1e-9


@given(seed=seeds, sigma=st.floats(0.7, 1.2))
def test_expectation_is_within_a_thousandth_of_a_cell_off_the_edge(seed, sigma):
    spec = spec_of((11, 12, 13), refinement="expectation", activation="logit", z_zero=5.0)
    position = joints_in(spec, seed, clear=4 * sigma)
    pose = decode(encode(position, spec, sigma=sigma, dtype=np.float64), spec)
    assert in_cells(pose.position, position, spec).max() <= 1e-3


def test_an_absent_expectation_joint_is_a_flat_map():
    spec = spec_of((4, 4), refinement="expectation", activation="logit", threshold=1 / 16)
    position = joints_in(spec, 2)
    position[1, 1] = np.nan
    pose = decode(encode(position, spec), spec)
    assert np.argwhere(pose.absent).tolist() == [[1, 1]]


def test_regression_round_trip():
    spec = spec_of(
        (1, 1), refinement="regression", heatmap=None, offset="k", offset_unit="image",
        offset_order="yx", centre=0.5,
    )  # fmt: skip
    position = np.array([[[10.0, 20.0], [np.nan, 1.0], [128.0, 0.0]]])
    targets = encode(position, spec, dtype=np.float64)
    assert targets["k"].shape == (1, 6)
    assert targets["k"][0, :2] == pytest.approx([20 / 96 - 0.5, 10 / 128 - 0.5])
    pose = decode(targets, spec)
    np.testing.assert_allclose(pose.position[0, [0, 2]], position[0, [0, 2]])
    assert pose.absent.tolist() == [[False, True, False]]


def test_the_heatmap_is_a_unit_peak_gaussian_in_cells():
    spec = spec_of((5, 6), joints=1, skeleton="numbered_1")
    position = np.array([[[3, 2]]]) * np.array(spec.stride[::-1])  # on cell y 2, x 3
    heatmap = encode(position, spec, sigma=1.5, dtype=np.float64)["h"][0, 0]
    for y in range(5):
        for x in range(6):
            expected = np.exp(-((x - 3) ** 2 + (y - 2) ** 2) / (2 * 1.5**2))
            assert heatmap[y, x] == pytest.approx(expected)
    lower = encode(position, spec, score=np.array([[0.15]]), sigma=1.5, dtype=np.float64)["h"]
    np.testing.assert_allclose(lower[0, 0], heatmap * 0.15)


def test_absent_joints_are_zeros_in_every_tensor():
    spec = spec_of((4, 5), refinement="offset", offset="o")
    position = joints_in(spec, 3, frames=1)
    position[0, 1] = np.nan
    targets = encode(position, spec)
    assert not targets["h"][0, 1].any()
    assert not targets["o"][0, [1, 4]].any()
    assert targets["o"][0, 0].any()


@pytest.mark.parametrize(
    ("position", "change", "message"),
    [
        (np.zeros((1, 2, 2)), {}, "positions of shape (1, 2, 2) do not fit (N, 3, 2)"),
        (np.zeros((0, 3, 2)), {}, "positions of shape (0, 3, 2) do not fit"),
        (np.zeros((3, 2)), {}, "positions of shape (3, 2) do not fit"),
        (np.zeros((1, 3, 2)), {"sigma": 0.0}, "sigma 0.0 is not positive"),
        (np.zeros((1, 3, 2)), {"sigma": np.nan}, "sigma nan is not positive"),
        (np.zeros((1, 3, 2)), {"score": np.ones(3)}, "scores of shape (3,) do not fit positions"),
        (np.zeros((1, 3, 2)), {"score": np.array([[1, 0, 1.5]])}, "joint 2 has score 1.5 at"),
        (np.zeros((1, 3, 2)), {"score": np.array([[1, -1, 1]])}, "joint 1 has score -1 at [0.0"),
        (np.zeros((1, 3, 2)), {"score": np.array([[np.nan, 0, 1]])}, "joint 0 has score nan"),
        (np.full((1, 3, 2), np.nan), {"score": np.array([[0, 0, 1]])}, "joint 2 has score 1 at"),
    ],
)
def test_what_cannot_be_encoded_is_refused(position, change, message):
    with pytest.raises(DecodeError) as caught:
        encode(position, spec_of((4, 5)), **change)
    assert str(caught.value).startswith("encode: ")
    assert message in str(caught.value)


def test_a_score_that_would_decode_as_absent_is_refused():
    spec = dataclasses.replace(spec_of((4, 5)), threshold=0.1)
    with pytest.raises(DecodeError, match=r"score 0\.1 at .* above the threshold 0\.1 up to 1"):
        encode(np.zeros((1, 3, 2)), spec, score=np.full((1, 3), 0.1))
