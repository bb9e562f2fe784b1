"""A user's own graph is converted whatever its inputs and outputs are called."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from poseconvert.conversion.manifest import read_manifest
from poseconvert.mil import read_package
from poseconvert.network.source import ModelOptions
from poseconvert.runners.mil import MilRunner
from poseconvert.runners.runner import Batch

PICTURE = np.random.default_rng(8).uniform(0, 255, (1, 3, 16, 16)).astype(np.float32)
ODD = ("3", "a/b:0", "a_b_0", "出力", "state", "out.1")


def odd_names(path):
    """Every output is the picture under weights of its own, so that none passes for another."""
    rng, nodes, weights = np.random.default_rng(2), [], []
    for index, name in enumerate(ODD):
        weight = rng.normal(size=(4, 3, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(weight, f"{index}.weight"))
        nodes.append(helper.make_node("Conv", ["input.1", f"{index}.weight"], [f"conv/{index}"]))
        nodes.append(helper.make_node("Relu", [f"conv/{index}"], [name]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, (1, 3, 16, 16))],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, (1, 4, 14, 14)) for n in ODD],
        weights,
    )
    opsets = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


def answers(path, picture):
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {session.get_inputs()[0].name: picture}), strict=True))


def check(path, made, *, scale=1.0):
    """The package answers what the user's own file does, under the names that are stored."""
    manifest = read_manifest(made.folder)
    renamed = manifest.model.renamed
    assert manifest.verdict == "held"
    assert set(renamed.values()) <= {*manifest.inputs, *manifest.outputs}
    runner = MilRunner(read_package(made.folder / "model.mlpackage"), precision="fp32")
    (taken,) = manifest.inputs
    found = runner.run(Batch({taken: PICTURE}))
    wanted = answers(path, PICTURE * np.float32(scale))
    assert len(found) == len(wanted)
    for name, values in wanted.items():
        ours = renamed.get(name, name)
        np.testing.assert_allclose(found[ours], values, atol=4e-3 * np.abs(values).max())
        told = [note for note in manifest.notes if note.startswith(f'"{name}"')]
        assert [ours in note for note in told] == [True] * (name in renamed)


def test_an_output_that_is_called_3_is_converted(converted):
    path = Path(__file__).parent / "cases" / "default_names.onnx"
    made = converted(path, model=ModelOptions(scale=(1 / 255,) * 3))
    assert made.manifest.model.renamed == {"3": "output_3"}
    check(path, made, scale=1 / 255)


def test_names_that_are_no_identifiers_or_clash_stand_for_the_right_values(converted, tmp_path):
    path = odd_names(tmp_path / "odd.onnx")
    made = converted(path, kinds={"input.1": "image"})
    assert made.manifest.images == ("input_1",)
    assert made.manifest.model.renamed.keys() == {"input.1", *ODD} - {"a_b_0"}
    check(path, made)
