"""Margins agree with a scalar loop over the cells away from the peak."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.decoding import DecodeSpec, decode, peak_margins, strict_margins
from poseconvert.errors import DecodeError

NAN = math.nan
SPEC = DecodeSpec(
    skeleton="numbered_1", joints=1, grid=(3, 5), stride=(16, 16), size=(48, 80), heatmap="h",
    refinement="none",
)  # fmt: skip
side = st.integers(1, 6)
pools = st.sampled_from(
    [(NAN, -1.0, -0.5, 0.0, 0.25, 0.5, 0.5, 1.0), (NAN, -1.0, 0.0), (NAN,), (0.1, 0.2)]
)


def margin_of(joint):
    """Peak (strictly greatest first, above 0) minus the best cell not beside it."""
    peak, where = 0.0, None
    for cell in np.ndindex(joint.shape):
        if joint[cell] > peak:
            peak, where = float(joint[cell]), cell
    if where is None:
        return NAN
    best = -math.inf
    for cell in np.ndindex(joint.shape):
        beside = all(abs(a - b) <= 1 for a, b in zip(cell, where, strict=True))
        if not beside and joint[cell] > best:
            best = float(joint[cell])
    return peak - best


@given(
    seed=st.integers(0, 2**32 - 1), pool=pools, d=side, h=side, w=side, dims=st.sampled_from([2, 3])
)
def test_margins(seed, pool, d, h, w, dims):
    grid = (h, w) if dims == 2 else (d, h, w)
    depth = 1 if dims == 2 else d
    spec = DecodeSpec(
        skeleton="numbered_2", joints=2, grid=grid, stride=(1,) * dims, size=(8, 8), heatmap="h",
        refinement="none", offset_order="xyz"[:dims],
    )  # fmt: skip
    outputs = {
        "h": np.random.default_rng(seed).choice(np.array(pool, np.float32), (2, 2 * depth, h, w))
    }
    before = outputs["h"].copy()
    pose = decode(outputs, spec)
    margin = peak_margins(outputs, spec, pose=pose)
    np.testing.assert_array_equal(outputs["h"], before)
    for n in range(2):
        for j in range(2):
            joint = outputs["h"][n].reshape(2, depth, h, w)[j]
            assert margin[n, j] == pytest.approx(margin_of(joint), nan_ok=True)


def test_margin_by_hand():
    heatmap = np.array([[0.1, 0.2, 0.0, 0.3, 0.0], [0.8, 0.9, 0.85, -1, 0.4], [0, 0, 0, 0, 0.0]])
    outputs = {"h": heatmap[None, None]}
    pose = decode(outputs, SPEC)
    assert peak_margins(outputs, SPEC, pose=pose).item() == pytest.approx(0.9 - 0.4)


def test_margins_of_logits_are_logits():
    spec = dataclasses.replace(SPEC, activation="logit")
    outputs = {"h": np.full((1, 1, 3, 5), -20.0, np.float16)}
    outputs["h"][0, 0, 1, 1], outputs["h"][0, 0, 0, 4] = 12, 10
    assert peak_margins(outputs, spec, pose=decode(outputs, spec)).item() == 2


def test_margins_refuse_the_pose_of_another_batch():
    pose = decode({"h": np.ones((1, 1, 3, 5))}, SPEC)
    with pytest.raises(DecodeError, match=r"pose of shape \(1, 1\), heatmap of \(2, 1\)"):
        peak_margins({"h": np.ones((2, 1, 3, 5))}, SPEC, pose=pose)


def test_margins_refuse_regression():
    spec = dataclasses.replace(SPEC, grid=(1, 1), heatmap=None, offset="k", refinement="regression")
    outputs = {"k": np.ones((1, 2))}
    with pytest.raises(DecodeError, match="regression has no heatmap"):
        peak_margins(outputs, spec, pose=decode(outputs, spec))


def test_a_strict_margin_is_measured_against_the_cells_beside_the_peak_too():
    heatmap = np.array([[0.1, 0.2, 0.0, 0.3, 0.0], [0.8, 0.9, 0.85, -1, 0.4], [0, 0, 0, 0, 0.0]])
    outputs = {"h": heatmap[None, None]}
    pose = decode(outputs, SPEC)
    assert strict_margins(outputs, SPEC, pose=pose).item() == pytest.approx(0.9 - 0.85)
    assert outputs["h"][0, 0, 1, 1] == 0.9, "the caller's heatmap was written to"


def test_a_tie_has_no_strict_margin_and_an_absent_joint_none_at_all():
    tied = {"h": np.full((1, 1, 3, 5), 0.5)}
    assert strict_margins(tied, SPEC, pose=decode(tied, SPEC)).item() == 0
    gone = {"h": np.zeros((1, 1, 3, 5))}
    assert math.isnan(strict_margins(gone, SPEC, pose=decode(gone, SPEC)).item())


@pytest.mark.parametrize(
    ("activation", "peak", "threshold", "expected"),
    [("probability", 0.3, 0.25, 0.1), ("linear", 3.0, 0.9, 4.2), ("logit", 2.0, 0.5, 4.0)],
)
def test_a_peak_near_the_threshold_has_the_margin_that_keeps_it_present(
    activation, peak, threshold, expected
):
    spec = dataclasses.replace(SPEC, activation=activation, threshold=threshold)
    outputs = {"h": np.full((1, 1, 3, 5), -90.0)}
    outputs["h"][0, 0, 1, 1] = peak
    margin = strict_margins(outputs, spec, pose=decode(outputs, spec)).item()
    assert margin == pytest.approx(expected, rel=1e-6)


def test_an_absent_joint_does_not_change_another_one_s_margin():
    spec = dataclasses.replace(SPEC, skeleton="numbered_2", joints=2)
    heatmap = np.zeros((1, 2, 3, 5))
    heatmap[0, 0, 0, 0], heatmap[0, 0, 2, 4] = 0.9, 0.8  # the last cell lies before joint 1
    margin = strict_margins({"h": heatmap}, spec, pose=decode({"h": heatmap}, spec))
    assert margin[0, 0] == pytest.approx(0.1)
    assert math.isnan(margin[0, 1])
