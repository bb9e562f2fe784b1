"""Which metrics a head and a dataset allow, on which joints, with which sizes."""

import numpy as np
import pytest

from poseconvert.datasets.dataset import Dataset, Person
from poseconvert.decoding import SKELETONS, DecodeSpec, Pose
from poseconvert.decoding.matching import joint_of_part, shared_joints
from poseconvert.decoding.skeleton import COCO_17, DUAL_HEAD_24, LSP_14, MPII_16
from poseconvert.pipeline.evaluate.ground_truth import metrics, truth_of


def spec(skeleton, dims=2):
    return DecodeSpec(
        skeleton=skeleton.name, joints=len(skeleton.joints), grid=(14,) * dims,
        stride=(16.0,) * dims, size=(224, 224), heatmap="h", offset="o", offset_order="xyz"[:dims],
        z_zero=7.0 if dims == 3 else 0.0,
    )  # fmt: skip


def dataset(skeleton, dims=2, people=3, **facts):
    generator = np.random.default_rng(2)
    return [
        Person(f"{n}", lambda: None, (0, 0, 9, 9),
               generator.uniform(0, 200, (len(skeleton.joints), dims)),
               np.ones(len(skeleton.joints), dtype=bool), **facts)
        for n in range(people)
    ]  # fmt: skip


def measured(people, skeleton, own, *, found=None, dims=2):
    truth = truth_of(Dataset("made up", skeleton, people), people)
    if found is None:
        found = np.full((len(people), len(own.joints), dims), np.nan)
        for mine, theirs in shared_joints(own, skeleton):
            found[:, mine] = truth.joints[:, theirs, :dims]
    pose = Pose(found, np.ones(found.shape[:2]), np.zeros(found.shape[:2], dtype=np.intp))
    return dict(metrics(pose, spec(own, dims), truth))


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [(DUAL_HEAD_24, COCO_17, 17), (COCO_17, DUAL_HEAD_24, 17), (DUAL_HEAD_24, MPII_16, 12),
     (COCO_17, LSP_14, 12), (MPII_16, LSP_14, 13)],
)  # fmt: skip
def test_skeletons_share_their_joints_side_by_side(first, second, count):
    pairs = shared_joints(first, second)
    assert len(pairs) == count
    for one, other in pairs:
        names = first.joints[one].lower(), second.joints[other].lower()
        sides = [name.startswith(("r", "l")) and name[0] for name in names]
        assert sides[0] == sides[1], names


def test_every_skeleton_is_its_own_match_and_a_numbered_one_is_no_other():
    for skeleton in SKELETONS.values():
        count = len(skeleton.joints)
        assert shared_joints(skeleton, skeleton) == [(i, i) for i in range(count)]
    assert DUAL_HEAD_24.joints[joint_of_part(DUAL_HEAD_24, "left hip")] == "lThighBend"
    assert joint_of_part(MPII_16, "nose") is None


def test_a_flat_head_has_pck_and_what_the_dataset_allows():
    assert list(measured(dataset(DUAL_HEAD_24), DUAL_HEAD_24, DUAL_HEAD_24)) == [
        "PCK@0.1", "PCK@0.2",
    ]  # fmt: skip
    with_head = measured(dataset(MPII_16, head=30.0), MPII_16, COCO_17)
    assert list(with_head) == ["PCK@0.1", "PCK@0.2", "PCKh@0.5"]
    coco = dataset(COCO_17, area=9000.0)
    assert list(measured(coco, COCO_17, DUAL_HEAD_24))[-1] == "OKS-AP"
    assert "OKS-AP" not in measured(coco, COCO_17, MPII_16)  # it has no eyes


def test_oks_ap_takes_joints_in_coco_s_order_whatever_the_network_s():
    """Each joint has its own sigma: a mix-up changes the number."""
    people = dataset(COCO_17, area=9000.0)
    away = np.random.default_rng(3).normal(0, 9, (3, 17, 2))
    own = np.stack([person.joints for person in people]) + away
    other = np.full((3, 24, 2), np.nan)
    for mine, theirs in shared_joints(DUAL_HEAD_24, COCO_17):
        other[:, mine] = own[:, theirs]
    direct, mapped = (
        measured(people, COCO_17, skeleton, found=found)["OKS-AP"].value
        for skeleton, found in ((COCO_17, own), (DUAL_HEAD_24, other))
    )
    assert 0 < direct == mapped < 1


def test_perfect_poses_are_perfect_in_every_metric():
    flat = measured(dataset(COCO_17, area=9000.0, head=30.0), COCO_17, DUAL_HEAD_24)
    assert [one.value for one in flat.values()] == pytest.approx([1, 1, 1, 1])
    deep = measured(dataset(DUAL_HEAD_24, 3, height=180.0), DUAL_HEAD_24, DUAL_HEAD_24, dims=3)
    assert list(deep) == ["PCK@0.1", "MPJPE", "P-MPJPE"]
    assert [one.value for one in deep.values()] == pytest.approx([1, 0, 0], abs=1e-9)


def test_hidden_joints_count_in_space_and_not_in_the_plane():
    people = dataset(DUAL_HEAD_24, 3, people=1, height=100.0)
    people[0].visible[7] = False
    found = people[0].joints[None].copy()
    found[0, 7] += (30, 0, 40)
    scores = measured(people, DUAL_HEAD_24, DUAL_HEAD_24, found=found, dims=3)

    assert scores["PCK@0.1"].value == 1
    assert scores["PCK@0.1"].count.tolist() == [23]
    assert scores["MPJPE"].value == pytest.approx(0.5 / 24)


def test_a_joint_that_is_called_visible_and_not_annotated_is_not_judged():
    people = dataset(COCO_17, people=1)
    people[0].joints[9] = np.nan

    truth = truth_of(Dataset("made up", COCO_17, people), people)
    assert truth.visible.sum() == 16
    assert truth.hidden.sum() == 0


def test_skeletons_with_nothing_in_common_have_no_metric():
    from poseconvert.decoding import skeleton_named

    people = dataset(COCO_17)
    truth = truth_of(Dataset("made up", COCO_17, people), people)
    hand = skeleton_named("numbered_21")
    pose = Pose(np.zeros((3, 21, 2)), np.ones((3, 21)), np.zeros((3, 21), dtype=np.intp))
    assert list(metrics(pose, spec(hand), truth)) == []
