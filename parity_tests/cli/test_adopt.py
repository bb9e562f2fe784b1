"""``poseconvert adopt MODEL PACKAGE``."""

import json
import shutil

import onnx
import pytest
from onnx import numpy_helper


@pytest.fixture
def files(tiny_conversion, tmp_path):
    """The network of a conversion and its package, as anybody holds them."""
    shutil.copy(tiny_conversion / "model.simplified.onnx", tmp_path / "network.onnx")
    shutil.copytree(tiny_conversion / "model.mlpackage", tmp_path / "theirs.mlpackage")
    return tmp_path


def test_it_is_held_written_and_gated(poseconvert, files, monkeypatch):
    monkeypatch.chdir(files)
    done = poseconvert("adopt", "network.onnx", "theirs.mlpackage", "--json", "--bias", "0")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["verdict"] == "held"
    assert any("is adopted: theirs.mlpackage, unchanged" in note for note in found["notes"])
    assert (files / "theirs.poseconvert" / "report.html").exists()

    assert poseconvert("diff", "theirs.poseconvert", "--image", "figure", "--quiet").code == 0
    shown = poseconvert("inspect", "theirs.poseconvert")
    assert shown.code == 0, shown.err


def test_a_package_of_other_weights_is_adopted_and_exits_1(poseconvert, files):
    model = onnx.load(files / "network.onnx")
    weight = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) * 0, weight.name))
    onnx.save(model, files / "network.onnx")
    done = poseconvert(
        "adopt", files / "network.onnx", files / "theirs.mlpackage", "-o", files / "out", "--quiet"
    )
    assert done.code == 1, done.err
    assert json.loads((files / "out" / "manifest.json").read_text())["verdict"] == "broken"


REFUSED = {
    "no package": (("network.onnx", "network.onnx"), "is not an .mlpackage"),
    "no such file": (("none.onnx", "theirs.mlpackage"), "none.onnx"),
    "a bad pair": (("network.onnx", "theirs.mlpackage", "--match", "a"), "not A=B"),
    "one file": (("network.onnx",), "Missing argument"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_adopted_is_refused_and_nothing_is_written(poseconvert, files, kind):
    words, text = REFUSED[kind]
    paths = [files / word if "." in word else word for word in words]
    done = poseconvert("adopt", *paths, "-o", files / "out")
    assert done.code == 2
    assert text in done.err
    assert not (files / "out").exists()
