"""joints.mat of LSP and of LSPET become people; what their third value means differs."""

import math

import numpy as np
import pytest
import scipy.io
from PIL import Image

from poseconvert.datasets.lsp import lsp, lspet
from poseconvert.decoding.skeleton import LSP_14, skeleton_named
from poseconvert.errors import DatasetError, PictureError


def people(count=2):
    """(N, 14, 3): x is 10 * person + joint + 1, y twice that, the third value 0 in joint 5."""
    table = np.ones((count, 14, 3))
    table[:, :, 0] = 10 * np.arange(count)[:, None] + np.arange(14) + 1
    table[:, :, 1] = 2 * table[:, :, 0]
    table[:, 5, 2] = 0
    return table


AXES = {lsp: (2, 1, 0), lspet: (1, 2, 0)}


def stored(folder, reader, table):
    folder.mkdir(exist_ok=True)
    joints = table.transpose(AXES[reader])
    scipy.io.savemat(folder / "joints.mat", {"joints": joints}, do_compression=True)


def refusal(reader, folder):
    with pytest.raises(DatasetError) as caught:
        reader(folder)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(folder))
    return text


def test_lsp_knows_every_joint_and_calls_zero_visible(tmp_path):
    stored(tmp_path, lsp, people())
    found = lsp(tmp_path)
    assert (found.name, found.skeleton, found.notes) == ("lsp", LSP_14, ())
    assert [person.name for person in found.people] == ["im0001.jpg", "im0002.jpg"]
    person = found.people[1]
    assert person.joints[[0, 13]].tolist() == [[10, 21], [23, 47]]  # counted from zero
    assert person.known.all()
    assert person.visible.nonzero()[0].tolist() == [5]
    # 10..23 and 21..47, each side a quarter longer
    assert person.box == pytest.approx((8.375, 17.75, 24.625, 50.25))
    assert math.isnan(person.head)


def test_lspet_knows_and_sees_the_joints_of_one(tmp_path):
    table = people()
    table[0, 5, :2] = -4000, math.nan  # means nothing where the third value is 0
    stored(tmp_path, lspet, table)
    found = lspet(tmp_path)
    assert (found.name, found.skeleton, found.notes) == ("lspet", LSP_14, ())
    assert [person.name for person in found.people] == ["im00001.jpg", "im00002.jpg"]
    person = found.people[0]
    assert person.joints[[0, 13]].tolist() == [[0, 1], [13, 27]]
    assert (~person.known).nonzero()[0].tolist() == [5]
    np.testing.assert_array_equal(person.visible, person.known)
    assert person.box == pytest.approx((-1.625, -2.25, 14.625, 30.25))


@pytest.mark.parametrize(("reader", "name"), [(lsp, "im0001.jpg"), (lspet, "im00001.jpg")])
def test_pictures_are_opened_when_asked_for(tmp_path, reader, name):
    stored(tmp_path, reader, people())
    person = reader(tmp_path).people[0]
    with pytest.raises(PictureError, match=name):
        person.picture()
    (tmp_path / "images").mkdir()
    Image.new("RGB", (30, 60), (9, 9, 9)).save(tmp_path / "images" / name)
    assert person.picture().size == (30, 60)


def test_people_with_too_few_joints_are_left_out_and_counted(tmp_path):
    table = people(3)
    table[0, :, 2] = 0
    table[2, 1:, 2] = 0
    stored(tmp_path, lspet, table)
    assert [person.name for person in lspet(tmp_path).people] == ["im00002.jpg"]
    assert lspet(tmp_path).notes == ("2 people left out: box of no size",)
    table[:, :, :2] = 7
    table[:, :, 2] = 1
    stored(tmp_path, lsp, table)
    assert lsp(tmp_path).notes == ("3 people left out: box of no size",)


def test_joints_out_of_the_picture_stay_where_they_are(tmp_path):
    table = people()
    table[0, 0, :2] = -49, 9001
    stored(tmp_path, lsp, table)
    assert lsp(tmp_path).people[0].joints[0].tolist() == [-50, 9000]


@pytest.mark.parametrize(("reader", "other"), [(lsp, lspet), (lspet, lsp)])
def test_the_layout_of_the_other_is_refused_with_its_name(tmp_path, reader, other):
    stored(tmp_path, other, people())
    assert refusal(reader, tmp_path).endswith(f'x N. That is "{other.__name__}".')


@pytest.mark.parametrize(
    "joints",
    [np.ones((3, 13, 2)), np.ones((14, 14, 2)), np.ones((3, 14)), "text", {"a": 1.0}, 1.0,
     np.ones((3, 14, 2, 2)), np.array([])],
)  # fmt: skip
@pytest.mark.parametrize("reader", [lsp, lspet])
def test_other_shapes_are_refused(tmp_path, reader, joints):
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": joints})
    assert '"joints" is' in refusal(reader, tmp_path)


@pytest.mark.parametrize("flag", [2, 0.5, -1, math.nan])
@pytest.mark.parametrize("reader", [lsp, lspet])
def test_other_visibilities_are_refused_by_name(tmp_path, reader, flag):
    table = people()
    table[1, 7, 2] = flag
    stored(tmp_path, reader, table)
    assert "person 2, rightElbow: visibility" in refusal(reader, tmp_path)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_lsp_coordinates_are_numbers(tmp_path, value):
    table = people()
    table[1, 7, 0] = value
    stored(tmp_path, lsp, table)
    assert "person 2: a joint is not a number" in refusal(lsp, tmp_path)
    table[1, 7, 2] = 1
    stored(tmp_path, lspet, table)
    assert "person 2: a joint is not a number" in refusal(lspet, tmp_path)


@pytest.mark.parametrize("reader", [lsp, lspet])
def test_missing_folders_and_files_are_refused(tmp_path, reader):
    assert "no such folder" in refusal(reader, tmp_path / "none")
    assert "joints.mat: no such file" in refusal(reader, tmp_path)


def test_the_skeleton_is_the_readmes_and_its_bones_mirror():
    assert skeleton_named("lsp_14") is LSP_14
    assert len(set(LSP_14.joints)) == 14
    assert [LSP_14.joints[i] for i in (0, 2, 3, 6, 8, 9, 12, 13)] == [
        "rightAnkle", "rightHip", "leftHip", "rightWrist", "rightShoulder", "leftShoulder",
        "neck", "headTop",
    ]  # fmt: skip
    mirror = [5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6, 12, 13]  # bearpaw/eval_pose:demo_eval_lsp.m
    bones = {frozenset(bone) for bone in LSP_14.bones}
    assert {frozenset(mirror[end] for end in bone) for bone in bones} == bones
    assert len(bones) == len(LSP_14.bones)
    assert {end for bone in bones for end in bone} == set(range(14))
