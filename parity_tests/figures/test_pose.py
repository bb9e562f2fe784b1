"""Poses within what joints allow, on bodies whose bones keep their lengths."""

import numpy as np
import pytest

from poseconvert.figures.body import JOINTS, random_body
from poseconvert.figures.kinematics import posture
from poseconvert.figures.pose import LIMITS, Limb, Pose, random_pose
from poseconvert.figures.rng import Dice


def place(posed, name):
    return posed.joints[JOINTS.index(name)]


def angle(first, second):
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


@pytest.fixture(params=range(40))
def posed(request):
    dice = Dice(request.param)
    body = random_body(dice)
    return body, posture(body, random_pose(dice), facing=np.eye(3))


def test_bones_keep_their_lengths(posed):
    body, pose = posed
    for side in "rl":
        for start, end, length in (
            ("ShldrBend", "ForearmBend", body.upper_arm),
            ("ForearmBend", "Hand", body.forearm),
            ("ThighBend", "Shin", body.thigh),
            ("Shin", "Foot", body.shin),
        ):
            bone = place(pose, side + end) - place(pose, side + start)
            assert np.linalg.norm(bone) == pytest.approx(length, abs=1e-6)


def test_elbows_and_knees_bend_within_their_limits(posed):
    _, pose = posed
    for side in "rl":
        for names, hinge in (
            (("ShldrBend", "ForearmBend", "Hand"), "elbow"),
            (("ThighBend", "Shin", "Foot"), "knee"),
        ):
            top, middle, bottom = (place(pose, side + name) for name in names)
            bend = angle(middle - top, bottom - middle)
            assert bend <= LIMITS[hinge][1] + 1e-4


REST = Limb(elevation=0, azimuth=0, twist=0, bend=0, roll=0, tip=0)


def standing(**limbs):
    arms = (limbs.get("right_arm", REST), limbs.get("left_arm", REST))
    legs = (limbs.get("right_leg", REST), limbs.get("left_leg", REST))
    none = (0.0, 0.0, 0.0)
    pose = Pose(waist=none, chest=none, head=none, arms=arms, legs=legs, curl=0)
    return posture(random_body(Dice(1)), pose, facing=np.eye(3))


def raised(azimuth, **others):
    return Limb(elevation=90, azimuth=azimuth, twist=0, roll=0, tip=0, **{"bend": 0} | others)


def test_at_rest_the_right_hand_hangs_at_the_left_of_the_picture_and_the_nose_points_at_us():
    pose = standing()
    assert place(pose, "rHand")[0] < 0 < place(pose, "lHand")[0]
    assert place(pose, "Nose")[2] < place(pose, "lEar")[2]
    assert place(pose, "rToe")[2] < place(pose, "rFoot")[2]
    assert place(pose, "Nose")[1] < place(pose, "abdomenUpper")[1] < place(pose, "rShin")[1]


def test_arms_rise_to_their_own_side_and_forward():
    sideways = standing(left_arm=raised(90), right_arm=raised(90))
    assert place(sideways, "lHand")[0] > place(sideways, "lShldrBend")[0] + 0.2
    assert place(sideways, "rHand")[0] < place(sideways, "rShldrBend")[0] - 0.2
    forward = standing(right_arm=raised(0))
    assert place(forward, "rHand")[2] < place(forward, "rShldrBend")[2] - 0.2


def test_elbows_bend_forward_and_knees_backward():
    bent = Limb(elevation=0, azimuth=0, twist=0, bend=90, roll=0, tip=0)
    pose = standing(right_arm=bent, left_leg=bent)
    assert place(pose, "rHand")[2] < place(pose, "rForearmBend")[2] - 0.1
    assert place(pose, "lFoot")[2] > place(pose, "lShin")[2] + 0.1
