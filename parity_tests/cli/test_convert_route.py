"""``poseconvert convert --route``: one way forced, and refused in one line where it cannot be."""

import json

import onnx
import pytest
from onnx import parser

GELU = """<ir_version: 9, opset_import: ["" : 20]>
g (float[1,3,16,16] image) => (float[1,3,16,16] y)
<float[1] small = {0.01}> { a = Mul(image, small) y = Gelu<approximate = "tanh">(a) }"""
DET = """<ir_version: 8, opset_import: ["" : 18]>
g (float[1,3,16,16] image) => (float[1,3] y) { y = Det(image) }"""


@pytest.fixture
def model(tmp_path):
    def saved(text):
        onnx.save(parser.parse_model(text), tmp_path / "m.onnx")
        return tmp_path / "m.onnx"

    return saved


def test_a_refused_route_and_the_shipped_one_are_printed(poseconvert, model, tmp_path):
    finished = poseconvert("convert", model(GELU), "-o", tmp_path / "out")

    assert finished.code == 0, finished.err
    assert (
        "route onnx2coreml was refused: output y of its float32 version differs from ONNX by"
        in finished.out
    )
    assert "route onnxsim was used: its float32 version" in finished.out


def test_a_forced_route_is_the_only_one(poseconvert, model, tmp_path):
    arguments = ("convert", model(GELU), "-o", tmp_path / "out", "--json")
    finished = poseconvert(*arguments, "--route", "onnxsim")

    assert finished.code == 0, finished.err
    assert [r["route"] for r in json.loads(finished.out)["routes"]] == ["onnxsim"]


@pytest.mark.parametrize(
    ("text", "route", "said"),
    [
        (DET, "auto", "no route makes a package: onnx2coreml lacks Det; onnxsim lacks Det; torch"),
        (DET, "onnxsim", "no route makes a package: onnxsim lacks Det."),
        (GELU, "torch", "torch needs the PyTorch source, and MODEL is an ONNX file"),
    ],
)
def test_no_route_is_one_line_and_exit_2(text, route, said, poseconvert, model, tmp_path):
    finished = poseconvert("convert", model(text), "--route", route, "-o", tmp_path / "out")

    assert finished.code == 2
    assert len(finished.errors) == 1
    assert said in finished.errors[0]
    assert not (tmp_path / "out").exists()


def test_an_unknown_route_is_usage(poseconvert, model, tmp_path):
    finished = poseconvert("convert", model(GELU), "--route", "pigeon", "-o", tmp_path / "out")

    assert finished.code == 2
    assert "pigeon" in finished.err
