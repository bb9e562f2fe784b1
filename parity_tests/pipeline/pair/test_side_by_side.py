"""Two networks that have only their task in common are compared where each sees a joint."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from poseconvert.errors import PoseconvertError
from poseconvert.imaging.scaling import Scaling
from poseconvert.pipeline.pair.side_by_side import SideOptions, side_by_side
from poseconvert.reports.side_by_side import (
    joint_rows,
    save_side_by_side,
    side_by_side_json,
    summary,
)

JOINTS = 17


def pointing(path, side, *, marks, joints=JOINTS, last=False):
    """A network that sees joint j where the picture is bright in channel j % 3, at stride 4.

    Its heatmap of joint j is 1 at the brightest cell of a channel; ``marks`` shifts nothing.
    """
    weight = np.zeros((joints, 3, 4, 4), np.float32)
    for joint in range(joints):
        weight[joint, joint % 3] = marks / 16 / 255
    given = [1, side, side, 3] if last else [1, 3, side, side]
    start, nodes, cells = "image", [], side // 4
    if last:
        nodes.append(helper.make_node("Transpose", ["image"], ["x"], perm=[0, 3, 1, 2]))
        start = "x"
    nodes.append(helper.make_node("Conv", [start, "w"], ["heatmap"], strides=[4, 4]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, given)],
        [helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, [1, joints, cells, cells])],
        [numpy_helper.from_array(weight, "w")],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), path
    )
    return path


def spec(path, side, skeleton="coco_17", joints=JOINTS):
    cells = side // 4
    path.write_text(json.dumps([{
        "skeleton": skeleton, "joints": joints, "grid": [cells, cells], "stride": [4, 4],
        "size": [side, side], "heatmap": "heatmap", "offset": None, "offset_order": "xy",
        "offset_unit": "pixel", "activation": "probability", "refinement": "none",
        "frame": "corner", "centre": 0.5, "z_zero": 0, "threshold": 0,
    }]))  # fmt: skip
    return str(path)


@pytest.fixture
def scene(tmp_path):
    """A wide picture with one bright square per colour, and two networks of other sizes."""
    pixels = np.zeros((96, 192, 3), np.uint8)
    for channel, (x, y) in enumerate(((36, 24), (100, 60), (160, 36))):
        pixels[y : y + 12, x : x + 12, channel] = 255
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    pointing(tmp_path / "small.onnx", 64, marks=1)
    pointing(tmp_path / "large.onnx", 128, marks=1, last=True)
    spec(tmp_path / "small.json", 64)
    spec(tmp_path / "large.json", 128)
    return tmp_path


def compared(scene, first="small", second="large", **options):
    return side_by_side(
        [scene / f"{first}.onnx", scene / f"{second}.onnx"],
        [scene / "scene.png"],
        options=SideOptions([str(scene / f"{one}.json") for one in (first, second)], **options),
        progress=lambda step: None,
    )


def test_joints_are_where_they_are_in_the_picture_whatever_the_size(scene):
    found = compared(scene)
    assert found.first.position.shape == (1, JOINTS, 2)
    # A cell of the small network is 12 pixels of the picture, one of the large 6.
    for channel, middle in enumerate(((42, 30), (106, 66), (166, 42))):
        for seen, cell in ((found.first, 12), (found.second, 6)):
            apart = np.abs(seen.position[0, channel::3] - middle)
            assert apart.max() <= cell, (channel, seen.artifact)
    assert found.distance.shape == (1, JOINTS)
    assert (found.distance <= 18).all()
    assert found.both.all()


def test_rows_sum_up_what_is_seen_and_no_parity_is_said(scene, tmp_path):
    found = compared(scene)
    rows = joint_rows(found)
    assert len(rows) == JOINTS
    assert all(row["first"] == row["second"] and row["both_sure"] == 1 for row in rows)
    assert "no parity is judged" in summary(found)
    document = json.loads(json.dumps(side_by_side_json(found)))
    assert "verdict" not in document
    assert len(document["positions"]["scene"]) == JOINTS
    save_side_by_side(found, tmp_path / "both.png")
    assert Image.open(tmp_path / "both.png").width > 2 * 400


def test_a_network_that_is_not_sure_is_counted_and_not_measured(scene):
    pointing(scene / "faint.onnx", 128, marks=0.3)
    spec(scene / "faint.json", 128)
    rows = joint_rows(compared(scene, second="faint"))
    assert all(row["only_first"] == 1 and row["both_sure"] == 0 for row in rows)
    assert all(row["median_px"] is row["share"] is None for row in rows)
    assert "no joint of which both are sure" in summary(compared(scene, second="faint"))


def test_other_skeletons_share_parts_of_the_body_and_what_was_paired(scene):
    pointing(scene / "other.onnx", 64, marks=1, joints=24)
    spec(scene / "other.json", 64, "dual_head_24", 24)
    found = compared(scene, second="other")
    assert len(found.shared) == 17
    paired = compared(scene, second="other", match={"nose": "abdomenUpper"})
    row = next(row for row in joint_rows(paired) if row["first"] == "nose")
    assert row["second"] == "abdomenUpper"
    assert len(paired.shared) == 17


def test_what_cannot_stand_side_by_side_is_refused(scene):
    with pytest.raises(PoseconvertError, match="has no joint tail"):
        compared(scene, match={"tail": "nose"})
    spec(scene / "large.json", 64)
    with pytest.raises(PoseconvertError) as caught:
        compared(scene)
    assert "\n" not in str(caught.value)


def test_what_was_assumed_of_the_range_is_noted(scene):
    assert len(compared(scene).notes) == 2
    told = compared(scene, scaling=Scaling((1.0,) * 3, (0.0,) * 3)).notes
    assert all("x * 1 + 0" in note for note in told)
