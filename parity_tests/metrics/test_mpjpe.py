"""MPJPE by hand, the alignment against scipy's, and poses that cannot be aligned."""

import numpy as np
import pytest
from scipy.spatial import procrustes as scipy_procrustes
from scipy.spatial.transform import Rotation

from poseconvert.metrics.mpjpe import mpjpe, p_mpjpe, procrustes


def poses(count=3, joints=8, seed=0):
    return np.random.default_rng(seed).normal(size=(count, joints, 3)) * 40


def test_a_shift_is_taken_away_by_the_root_and_a_stretch_is_not():
    truth = poses()
    roots = truth[:, 0]
    size = np.full(3, 100.0)

    assert mpjpe(truth + 7, truth, roots=(roots + 7, roots), size=size).value == pytest.approx(0)
    ratio = mpjpe(2 * truth, truth, roots=(2 * roots, roots), size=size)
    away = np.linalg.norm(truth - truth[:, :1], axis=2) / 100
    assert ratio.value == pytest.approx(away.mean())
    assert ratio.total == pytest.approx(away.sum(axis=1))


def test_an_absent_joint_counts_as_found_at_the_root_and_an_unknown_one_does_not_count():
    truth, found = poses(), poses()
    found[0, 3] = np.nan
    truth[1, 4] = np.nan
    roots = np.zeros((3, 3))
    ratio = mpjpe(found, truth, roots=(roots, roots), size=np.ones(3))

    assert ratio.total == pytest.approx([np.linalg.norm(truth[0, 3]), 0, 0])
    assert ratio.count.tolist() == [8, 7, 8]


def test_people_whose_root_or_height_is_unknown_do_not_count():
    truth = poses()
    roots = truth[:, 0].copy()
    roots[0] = np.nan
    ratio = mpjpe(truth + 1, truth, roots=(truth[:, 0], roots), size=np.array([1, np.nan, 2]))

    assert ratio.count.tolist() == [0, 0, 8]


def test_a_turned_scaled_and_moved_pose_is_the_same_pose_and_its_mirror_image_is_not():
    truth = poses(1)
    turned = 3 * Rotation.from_euler("xyz", [0.4, -1.1, 2.0]).apply(truth[0])[None] + 12

    assert p_mpjpe(turned, truth, size=np.ones(1)).value == pytest.approx(0, abs=1e-9)
    assert p_mpjpe(truth * (1, 1, -1), truth, size=np.ones(1)).value > 1


def test_the_alignment_is_scipys_where_no_mirror_is_needed():
    truth = poses(1)[0]
    found = truth + np.random.default_rng(1).normal(size=truth.shape)
    _, _, disparity = scipy_procrustes(truth, found)
    residual = ((procrustes(found, truth) - truth) ** 2).sum()

    assert residual / ((truth - truth.mean(axis=0)) ** 2).sum() == pytest.approx(disparity)


def test_poses_that_cannot_be_aligned_do_not_count():
    truth = poses(4)
    found = truth.copy()
    found[0, 3:] = np.nan  # three joints: any three can be laid on any three
    found[1] = 5.0
    truth[2] = 1.0
    ratio = p_mpjpe(found, truth, size=np.ones(4))

    assert ratio.count.tolist() == [0, 0, 0, 8]
    assert ratio.value == pytest.approx(0, abs=1e-9)
