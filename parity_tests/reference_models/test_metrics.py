"""PCK, MPJPE and histograms on poses whose numbers are worked out by hand."""

import numpy as np
import pytest
from evaluate import measured
from training.cache import open_cache
from training.metrics import Found, mpjpe, pck

TORSO, RIGHT_HIP, LEFT_SHOULDER = 50.0, 15, 5


@pytest.fixture
def truth():
    """One figure whose lShldrBend and rThighBend are 50 pixels apart (30, 40)."""
    joints = np.full((1, 24, 3), 100.0)
    joints[..., 2] = 0
    joints[0, LEFT_SHOULDER, :2] = [130, 60]
    joints[0, RIGHT_HIP, :2] = [100, 100]
    return joints


def test_a_joint_counts_up_to_a_tenth_of_the_torso(truth):
    found = truth[..., :2].copy()
    found[0, 0, 0] += 5.0  # exactly 0.1 of 50
    found[0, 1, 1] -= 5.01
    found[0, 2] += [3.5, 3.6]  # 5.02 away
    found[0, 3] = np.nan  # absent
    visible = np.ones((1, 24), dtype=bool)
    assert pck(found, truth, visible) == pytest.approx(21 / 24)
    visible[0, 3] = False
    assert pck(found, truth, visible) == pytest.approx(21 / 23)


def test_mpjpe_is_of_the_body_height_after_the_roots_meet(truth):
    height = np.array([200.0])
    moved = truth + np.array([40, -10, 25])
    assert mpjpe(moved, truth, height) == pytest.approx(0, abs=1e-9)
    off = moved.copy()
    off[0, 2] += [3, 4, 12]  # 13 pixels: 6.5 % of 200, over 24 joints
    assert mpjpe(off, truth, height) == pytest.approx(6.5 / 24)


def test_an_absent_joint_counts_as_found_at_the_root(truth):
    joints = truth.copy()
    joints[0, 4] = [100, 100, 40]
    found = joints.copy()
    found[0, 4] = np.nan
    root_x, root_y = 100, 100  # hips and navel are all there
    away = np.linalg.norm([100 - root_x, 100 - root_y, 40])
    assert mpjpe(found, joints, np.array([200.0])) == pytest.approx(100 * away / 200 / 24)


def test_joints_out_of_the_picture_and_figures_without_a_root_are_left_out(truth):
    both = np.concatenate([truth, truth])
    both[1, 23] = [100, 300, 0]
    both[0, 7] = [-30, 10, 0]
    found = both.copy()
    found[1] += 50 * np.arange(24)[:, None]  # wrong, but its root is out of the picture
    found[0, 7] += 90
    assert mpjpe(found, both, np.array([200.0, 200.0])) == pytest.approx(0, abs=1e-9)


def test_histograms_and_bands(tmp_path):
    cache = open_cache(tmp_path, seed=3, count=1)
    cache.joints[0] = 100
    cache.joints[0, LEFT_SHOULDER, :2] = [130, 60]
    cache.visible[0] = [True] * 20 + [False] * 4
    cache.height[0] = 200
    peak = np.array([[0.55] * 15 + [0.45] * 5 + [0.02, 0.05, 0.49, 0.5]])
    places = cache.joints.astype(float)
    result = measured(Found(places[..., :2], places, peak, peak), cache, 1)
    assert result.visible_peaks_from_half == {"2d": 75, "3d": 75}
    assert result.hidden_peaks_in_band == {"2d": 50, "3d": 50}
    assert result.histograms["visible_2d"] == [0, 0, 0, 0, 5, 15, 0, 0, 0, 0, 0, 0]
    assert sum(result.histograms["hidden_3d"]) == 4
    assert result.pck_2d == 100
    assert result.mpjpe == pytest.approx(0)
