"""How far joints lie from the reference's, counted by hand."""

import numpy as np
import pytest

from poseconvert.pipeline.evaluate.result import movement_of


def test_absent_joints_have_no_distance_and_flips_are_counted_apart():
    moved = np.array([0.1, 0.2, 0.3, 90.0, np.nan])
    flipped = np.array([False, False, False, True, True])
    movement = movement_of("2d", "hidden", moved, flipped)

    assert (movement.head, movement.joints, movement.found) == ("2d", "hidden", 4)
    assert movement.median_px == pytest.approx(0.25)
    assert movement.largest_px == 90
    assert 0.3 < movement.p99_px < 90
    assert movement.flips == 2


def test_no_joint_has_no_distance():
    movement = movement_of("3d", "visible", np.array([np.nan]), np.array([True]))

    assert movement.found == 0
    assert np.isnan([movement.median_px, movement.p99_px, movement.largest_px]).all()
    assert movement.flips == 1
