"""The same seed is the same picture; joints lie where the body was drawn."""

import hashlib

import numpy as np
import pytest

from poseconvert.decoding.skeleton import derived_joints
from poseconvert.figures.body import JOINTS
from poseconvert.figures.camera import root_of
from poseconvert.figures.figure import figure, figures
from poseconvert.figures.fit_solids import PARTS

# Made once; they hold on every machine, or a seed means nothing.
DIGESTS = {
    (1, 0): "df73579e99b0e5a63284678ec8a4758ccccbb59aa99085f72f84c76c16caad38",
    (1, 1): "b8c4a46c5c9cf32f3516ebec7b0d65f58b656ae86c370b73bb4365f9660ffd19",
    (3, 17): "4ae5a55dd497ef2636000aac2c0d6855d19cfd075c7c6ded5cdf9a83ef0796dd",
    (999, 999_999): "f1d742e2906c49817c79550177c7de58d4e35ad785641f5f306efef152850c9d",
}
# What may be seen at a joint that the camera sees.
OWN = {
    "ShldrBend": "torso rUpperArm lUpperArm head",
    "ForearmBend": "rUpperArm lUpperArm rForearm lForearm",
    "Hand": "rForearm lForearm rHand lHand",
    "Mid1": "rHand lHand",
    "Thumb2": "rHand lHand",
    "Ear": "head",
    "Eye": "head",
    "Nose": "head",
    "ThighBend": "torso rThigh lThigh",
    "Shin": "rThigh lThigh rShin lShin torso",
    "Foot": "rShin lShin rFoot lFoot",
    "Toe": "rFoot lFoot",
    "abdomenUpper": "torso",
}


@pytest.fixture(scope="module")
def many():
    return list(figures(5, 60))


def own_parts(joint):
    stem = next(stem for stem in OWN if joint.endswith(stem))
    other = {"r": "l", "l": "r"}.get(joint[0], "")
    names = OWN[stem].split()
    return {PARTS.index(name) for name in names if not (other and name.startswith(other))}


@pytest.mark.parametrize(("seed", "index"), DIGESTS)
def test_a_seed_is_the_same_picture_everywhere(seed, index):
    made = figure(seed, index)
    digest = hashlib.sha256(made.picture.tobytes())
    digest.update(np.round(made.joints * 1000).astype("<i8").tobytes())
    digest.update(made.visible.tobytes())
    assert digest.hexdigest() == DIGESTS[seed, index]


def test_seeds_and_indices_are_unrelated_pictures():
    pictures = [figure(1, 0), figure(1, 1), figure(2, 0)]
    assert len({made.picture.tobytes() for made in pictures}) == 3


def test_shapes_and_types(many):
    for made in many[:5]:
        assert made.picture.shape == (224, 224, 3)
        assert made.picture.dtype == np.uint8
        assert made.joints.shape == (24, 3)
        assert made.visible.shape == made.inside.shape == (24,)
        assert made.part.max() < len(PARTS)


def test_z_is_measured_from_the_derived_hip(many):
    for made in many:
        assert derived_joints(made.joints)["hip"][2] == pytest.approx(0, abs=1e-6)
        assert root_of(made.joints) == pytest.approx(derived_joints(made.joints)["hip"])


def test_a_visible_joint_lies_on_its_own_limb(many):
    """Colours, so to speak: the part drawn at the pixel of a joint is one it belongs to.

    Where another limb lies within the flesh over the joint both are right, so a few may differ.
    """
    own = [
        made.part[round(made.joints[j, 1]), round(made.joints[j, 0])] in own_parts(joint)
        for made in many
        for j, joint in enumerate(JOINTS)
        if made.visible[j]
    ]
    assert len(own) > 800
    assert np.mean(own) > 0.97


def test_a_joint_behind_something_else_is_hidden(many):
    occluder = PARTS.index("occluder")
    covered = [
        made.visible[j]
        for made in many
        for j in np.flatnonzero(made.inside)
        if made.part[round(made.joints[j, 1]), round(made.joints[j, 0])] == occluder
    ]
    assert covered
    assert not any(covered)


def test_joints_out_of_the_picture_are_not_visible(many):
    outside = [made.visible[~made.inside] for made in many]
    assert sum(len(flags) for flags in outside) > 5
    assert not np.concatenate(outside).any()


def test_pictures_hold_what_a_pose_network_must_cope_with(many):
    """Cut off, from behind, hidden joints, large and small."""
    shares = np.mean([made.visible for made in many], axis=0)
    assert 0.25 < shares[JOINTS.index("Nose")] < 0.85  # the rest is seen from behind
    assert np.mean(shares) > 0.6
    heights = [made.height for made in many]
    assert min(heights) < 150
    assert max(heights) > 220


def test_depth_fits_the_bins_of_the_decoder(many):
    z = np.stack([made.joints[:, 2] for made in many])
    assert np.mean((z >= -112 - 8) & (z < 112 - 8)) > 0.98
    assert z.std() > 10
