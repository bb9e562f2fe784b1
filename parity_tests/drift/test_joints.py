"""Each joint's standing follows from its cells and its margin against the measured drift."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.drift import HeadReading, joint_drifts

ABSENT = (math.nan,) * 3


@dataclass
class FakePose:
    """One input; each joint a position, a score and a cell."""

    position: np.ndarray
    score: np.ndarray
    cell: np.ndarray

    @property
    def visible(self):
        return self.score >= 0.5

    @property
    def absent(self):
        return self.cell < 0


def pose(*joints):
    positions, scores, cells = zip(*joints, strict=True)
    return FakePose(np.array([positions], float), np.array([scores]), np.array([cells]))


def drifts(reference, candidate, *, margin=1.0, heatmap_drift=0.1, stride=16.0):
    joints = reference.score.shape[1]
    return joint_drifts(
        reference,
        candidate,
        margin=np.full((1, joints), margin),
        reading=HeadReading("head", [f"joint-{j}" for j in range(joints)], stride),
        inputs=["picture"],
        heatmap_drift=heatmap_drift,
    )


def one(reference, candidate, **options):
    (found,) = drifts(pose(reference), pose(candidate), **options)
    return found


def test_displacement_is_the_distance_and_depth_is_in_cells():
    found = one(((10, 20, 0), 0.9, 5), ((13, 24, -12), 0.8, 5), stride=16.0)
    assert (found.displacement_px, found.depth_cells) == (13.0, 0.75)
    assert (found.score, found.candidate_score, found.margin) == (0.9, 0.8, 1.0)
    assert (found.joint, found.input_name, found.head) == ("joint-0", "picture", "head")
    flat = one(((10, 20), 0.9, 5), ((13, 24), 0.8, 5))
    assert (flat.displacement_px, flat.depth_cells) == (5.0, 0.0)


@pytest.mark.parametrize(
    ("score", "cell", "band"),
    [(0.5, 3, "visible"), (0.4999, 3, "occluded"), (1e-9, 3, "occluded"), (0.0, -1, "absent")],
)
def test_the_band_is_the_reference_s(score, cell, band):
    place = ABSENT if cell < 0 else (1, 2, 3)
    assert one((place, score, cell), ((1, 2, 3), 0.9, 3)).band == band


@pytest.mark.parametrize(
    ("margin", "standing"),
    [(0.2001, "safe"), (0.2, "at risk"), (0.1, "at risk"), (math.nan, "at risk")],
)
def test_a_margin_is_safe_only_above_twice_the_drift(margin, standing):
    joint = ((1, 2, 3), 0.9, 3)
    assert one(joint, joint, margin=margin, heatmap_drift=0.1).standing == standing


def test_a_drift_that_was_not_measured_leaves_no_joint_safe():
    joint = ((1, 2, 3), 0.9, 3)
    for unknown in (math.inf, math.nan):
        assert one(joint, joint, margin=1e9, heatmap_drift=unknown).standing == "at risk"


def test_another_cell_is_a_flip_however_near_and_whatever_the_margin():
    found = one(((1, 2, 3), 0.9, 3), ((1, 2, 3), 0.9, 4), margin=1e9)
    assert (found.standing, found.displacement_px) == ("flipped", 0.0)


@pytest.mark.parametrize("gone", ["reference", "candidate"])
def test_absent_on_one_side_is_a_flip_infinitely_far(gone):
    here, away = ((1, 2, 3), 0.9, 3), (ABSENT, 0.0, -1)
    found = one(away, here) if gone == "reference" else one(here, away)
    assert (found.standing, found.displacement_px, found.depth_cells) == (
        "flipped", math.inf, math.inf,
    )  # fmt: skip


def test_absent_on_both_sides_moved_nowhere():
    found = one((ABSENT, 0.0, -1), (ABSENT, 0.0, -1), margin=math.nan)
    assert (found.standing, found.band) == ("at risk", "absent")
    assert math.isnan(found.displacement_px)


def test_every_joint_of_every_input_has_its_record():
    a = pose(((0, 0), 0.9, 1), ((5, 5), 0.2, 2), ((9, 9), 0.7, 3))
    both = FakePose(*(np.concatenate([v, v]) for v in (a.position, a.score, a.cell)))
    found = joint_drifts(
        both, both, margin=np.ones((2, 3)), reading=HeadReading("2d", "abc", 1.0),
        inputs=["p", "q"], heatmap_drift=0.1,
    )  # fmt: skip
    assert [(d.input_name, d.joint) for d in found] == [(i, j) for i in "pq" for j in "abc"]


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5))
def test_a_safe_peak_s_neighbours_stay_below_it_under_any_such_drift(seed, drift):
    """A margin above twice the drift: no cell outside the neighbourhood can win."""
    generator = np.random.default_rng(seed)
    heatmap = generator.uniform(0, 1, 9)
    peak = int(heatmap.argmax())
    outside = np.abs(np.arange(9) - peak) > 1
    margin = heatmap[peak] - heatmap[outside].max()
    joint = ((float(peak), 0.0), float(heatmap[peak]), peak)
    if one(joint, joint, margin=margin, heatmap_drift=drift).standing == "safe":
        worst = np.where(outside, heatmap + drift, heatmap - drift)
        assert not outside[worst.argmax()]
