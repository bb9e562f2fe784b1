"""Skeletons name every joint once; derived joints follow their formulae."""

import numpy as np
import pytest

from poseconvert.decoding import SKELETONS, derived_joints, skeleton_named
from poseconvert.errors import DecodeError


@pytest.mark.parametrize(
    ("name", "count"), [("dual_head_24", 24), ("coco_17", 17), ("mpii_16", 16), ("lsp_14", 14)]
)
def test_known_skeletons_have_distinct_joints_and_bones_that_connect_them_all(name, count):
    skeleton = skeleton_named(name)
    assert len(set(skeleton.joints)) == len(skeleton.joints) == count
    assert len({frozenset(bone) for bone in skeleton.bones}) == len(skeleton.bones)
    assert all(0 <= a < count and 0 <= b < count and a != b for a, b in skeleton.bones)


def test_dual_head_joints_are_in_the_order_of_the_tensors():
    joints = SKELETONS["dual_head_24"].joints
    assert {joints[0], joints[5]} == {"rShldrBend", "lShldrBend"}
    assert [joints[i] for i in (2, 10, 14, 15, 22, 23)] == [
        "rHand", "lEar", "Nose", "rThighBend", "lToe", "abdomenUpper",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["coco_17", "mpii_16", "lsp_14"])
def test_bones_are_mirror_images_of_each_other(name):
    skeleton = skeleton_named(name)
    named = {frozenset(skeleton.joints[end] for end in bone) for bone in skeleton.bones}
    swap = {"left": "right", "righ": "left"}
    mirrored = {
        frozenset(
            swap[j[:4]] + j[len("left" if j.startswith("left") else "right") :]
            if j[:4] in swap
            else j
            for j in bone
        )
        for bone in named
    }
    assert mirrored == named


def test_other_counts_get_numbered_joints():
    skeleton = skeleton_named("numbered_3")
    assert skeleton.joints == ("joint0", "joint1", "joint2")
    assert skeleton.bones == ()


@pytest.mark.parametrize("name", ["coco", "numbered_0", "numbered_x", "numbered_-1", "", "_4"])
def test_unknown_skeletons_are_refused_with_the_choices(name):
    with pytest.raises(
        DecodeError, match=r"dual_head_24, coco_17, mpii_16, lsp_14, openpose_18, numbered_<joints>"
    ):
        skeleton_named(name)


def by_name(**joints):
    names = SKELETONS["dual_head_24"].joints
    dims = len(next(iter(joints.values())))
    return np.array([joints.get(name, (0.0,) * dims) for name in names])


def test_derived_joints_by_hand_in_2d():
    pose = by_name(
        abdomenUpper=(10, 60), rThighBend=(6, 80), lThighBend=(10, 84),
        rShldrBend=(0, 30), lShldrBend=(20, 30), rEar=(7, 10), lEar=(13, 10), Nose=(14, 14),
    )  # fmt: skip
    derived = derived_joints(pose)
    assert list(derived) == ["hip", "neck", "head", "spine"]
    assert derived["hip"].tolist() == [9, 71]  # halfway from (10, 60) to (8, 82)
    assert derived["neck"].tolist() == [10, 30]
    assert derived["head"].tolist() == [10, 14]  # the nose, projected on the way up to the ears
    assert derived["spine"].tolist() == [10, 60]


def test_derived_joints_by_hand_in_3d_with_a_tilted_neck():
    pose = by_name(
        rShldrBend=(-4, 0, 0),
        lShldrBend=(4, 0, 0),
        rEar=(3, 4, 5),
        lEar=(3, 4, -5),
        Nose=(10, 0, 7),
    )
    # n = (3, 4, 0) / 5 and dot(n, Nose) = 6
    np.testing.assert_allclose(derived_joints(pose[None])["head"], [[3.6, 4.8, 0]], atol=1e-12)


def test_a_derived_joint_is_nan_where_a_joint_it_needs_is_absent():
    pose = np.random.default_rng(0).normal(size=(2, 24, 3))
    pose[1, 14] = np.nan  # Nose
    derived = derived_joints(pose)
    assert np.isnan(derived["head"][1]).all()
    assert np.isfinite(derived["head"][0]).all()
    assert np.isfinite(derived["neck"]).all()


def test_ears_on_the_neck_give_no_head():
    assert np.isnan(derived_joints(np.zeros((24, 2)))["head"]).all()


def test_derived_joints_refuse_other_skeletons():
    with pytest.raises(DecodeError, match=r"shape \(1, 17, 2\).*dual_head_24"):
        derived_joints(np.zeros((1, 17, 2)))
