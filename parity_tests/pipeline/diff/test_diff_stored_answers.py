"""Goldens of an ONNX file are what it answers now, or nothing that rests on them is held."""

import hashlib
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.conversion.manifest import read_manifest
from poseconvert.drift import Parity
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.diff.diff import measure

SHAPE = (1, 3, 16, 16)


@pytest.fixture
def made(tmp_path):
    weight = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32) / 255
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "w"], ["y"], "conv")],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 14, 14])],
        [numpy_helper.from_array(weight, "w")],
    )
    model = tmp_path / "m.onnx"
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), model)
    folder = tmp_path / "m.poseconvert"
    folder.mkdir()
    options = ConvertOptions()
    convert(model, folder, target=folder, options=options, progress=lambda step: None)
    return folder


def forged(folder, change):
    """Change every stored answer, and every hash above it."""
    path = folder / "golden" / "golden.json"
    content = json.loads(path.read_text())
    for case in content["cases"]:
        stored = case["outputs"]["y"]
        values = change(np.fromfile(path.parent / stored["file"], "<f4")).astype("<f4")
        (path.parent / stored["file"]).write_bytes(values.tobytes())
        stored["sha256"] = hashlib.sha256(values.tobytes()).hexdigest()
    path.write_text(json.dumps(content))
    manifest = folder / "manifest.json"
    values = json.loads(manifest.read_text())
    values["goldens"]["golden/golden.json"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(values))


def judged(folder):
    return measure(open_conversion(folder), pictures=(), model=None, progress=lambda step: None)


def test_untouched_goldens_are_held(made):
    assert read_manifest(made).verdict == "held"
    assert judged(made).parity is Parity.HELD


CHANGES = {
    "one channel": lambda v: v * np.where(np.arange(v.size) < v.size // 4, 1.03, 1),
    "all zero": np.zeros_like,
    "one value": lambda v: np.where(np.arange(v.size) == 7, v + 1, v),
    "one NaN": lambda v: np.where(np.arange(v.size) == 7, np.nan, v),
    "another picture's": lambda v: v[::-1],
}


@pytest.mark.parametrize("name", CHANGES)
def test_answers_that_were_changed_are_not(made, name):
    forged(made, CHANGES[name])
    measurement = judged(made)
    assert measurement.parity is Parity.NOT_RUN
    reasons = [reason for c in measurement.result.comparisons for reason in c.reasons]
    assert all("it does not answer as the goldens say" in reason for reason in reasons)
