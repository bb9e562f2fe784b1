"""``decoders``, and what ``diff`` and ``convert`` say of a YOLO's packed output."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from parity_tests.decoding import scenes
from poseconvert.decoding import PRESETS

SIDE = 64


def packed(path, *, score=1.0, moved=0.0):
    """A network whose 300 rows of 56 numbers hold three people, whatever it is shown."""
    rows = scenes.yolo(3, anchors=300)["output0"] * (SIDE / 320)
    rows[:, 4] = scenes.yolo(3, anchors=300)["output0"][:, 4]
    answer = np.zeros((1, 56, 1), np.float32)
    answer[0, 5::3], answer[0, 6::3] = 0.02, 0.01  # it does look at its picture
    factor = np.ones((1, 56, 1), np.float32)
    factor[:, 4] = score
    changed = np.zeros((1, 56, 1), np.float32)
    changed[0, 5::3] = moved
    stored = {"rows": rows, "answer": answer, "factor": factor, "changed": changed}
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["means"]),
        helper.make_node("Reshape", ["means", "three"], ["channels"]),
        helper.make_node("ReduceMean", ["channels"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "answer"], ["shift"]),
        helper.make_node("Add", ["rows", "shift"], ["people"]),
        helper.make_node("Add", ["people", "changed"], ["elsewhere"]),
        helper.make_node("Mul", ["elsewhere", "factor"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "packed",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 56, 300])],
        [
            numpy_helper.from_array(np.array([1, 3, 1], np.int64), "three"),
            *(numpy_helper.from_array(v.astype(np.float32), n) for n, v in stored.items()),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packed")
    return {
        "whole": packed(folder / "whole.onnx"),
        "scoreless": packed(folder / "scoreless.onnx", score=0.0),
        "moved": packed(folder / "moved.onnx", moved=10.0),
    }


def test_the_presets_are_listed(poseconvert):
    listed = poseconvert("decoders")
    assert listed.code == 0
    assert all(name in listed.out for name in PRESETS)
    record = json.loads(poseconvert("decoders", "--json").out)
    assert record["schema"] == "poseconvert.decoders.v1"
    assert {one["name"] for one in record["presets"]} == set(PRESETS)


def test_one_preset_is_said_in_full_and_an_unknown_one_refused(poseconvert):
    assert "MoveNet" in poseconvert("decoders", "movenet").out
    refused = poseconvert("decoders", "nope")
    assert refused.code == 2
    assert 'there is no preset "nope"' in refused.errors[0]


def test_a_score_row_of_zeros_finds_nobody_and_is_broken(poseconvert, models):
    found = poseconvert("diff", models["whole"], models["scoreless"], "--decode", "yolo")
    text = " ".join(found.out.split())
    assert found.code == 1
    assert "nobody is found any more" in text


def test_joints_that_moved_are_broken_by_name(poseconvert, models):
    found = poseconvert("diff", models["whole"], models["moved"], "--decode", "yolo", "--json")
    assert found.code == 1
    text = found.out
    assert "person 1 nose (2d)" in text


def test_the_preset_that_fits_is_offered(poseconvert, models):
    compared = poseconvert("diff", models["whole"], models["scoreless"])
    said = "output0 is 1x56x300: 17 joints; people are compared with --decode yolo"
    assert said in " ".join(compared.out.split())
    inspected = poseconvert("inspect", models["whole"], "--json")
    assert said in inspected.out


@pytest.mark.parametrize(
    ("decode", "message"),
    [
        ("foo", "--decode foo: neither a preset nor a file"),
        ("heatmap", 'decode preset "heatmap", outputs output0 (1, 56, 300)'),
        ("wide.json", "shape (1, 56, 300) does not fit"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_conversion(
    poseconvert, models, tmp_path, decode, message
):
    spec = {
        "skeleton": "coco_17", "joints": 17, "grid": [16, 16], "stride": [4, 4],
        "size": [SIDE, SIDE], "heatmap": "output0", "refinement": "none",
    }  # fmt: skip
    (tmp_path / "wide.json").write_text(json.dumps(spec))
    named = tmp_path / decode if decode.endswith(".json") else decode
    refused = poseconvert("convert", models["whole"], "--decode", named, "-o", tmp_path / "made")
    assert refused.code == 2
    assert message in refused.errors[-1]
    assert not (tmp_path / "made").exists()
    assert "coreml" not in " ".join(refused.errors).lower()
