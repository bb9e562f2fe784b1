"""Margins agree with a scalar loop over the cells away from the peak."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.decoding import DecodeSpec, decode, peak_margins
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
