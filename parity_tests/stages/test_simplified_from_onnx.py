"""ONNX to simplified ONNX: folds, keeps names, and is checked for it."""

import numpy as np
import onnx
import onnxsim
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import StageError
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch
from poseconvert.stages.simplified_from_onnx import simplified_from_onnx


@pytest.fixture
def foldable(tmp_path):
    """(x + (1 + 2)) with the sum of constants left in the graph."""
    one, two = (numpy_helper.from_array(np.float32([v]), n) for v, n in ((1, "one"), (2, "two")))
    nodes = [
        helper.make_node("Add", ["one", "two"], ["three"]),
        helper.make_node("Add", ["x", "three"], ["y"]),
    ]
    x, y = (helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 4, 4]) for n in "xy")
    graph = helper.make_graph(nodes, "g", [x], [y], [one, two])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def test_constants_are_folded_and_the_answer_stays(foldable, tmp_path):
    simplified_from_onnx(foldable, tmp_path / "s.onnx")

    values = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype(np.float32)
    batch = Batch({"x": values})
    assert len(onnx.load(tmp_path / "s.onnx").graph.node) == 1
    np.testing.assert_array_equal(
        OnnxRunner(tmp_path / "s.onnx").run(batch)["y"], OnnxRunner(foldable).run(batch)["y"]
    )


def test_a_renamed_output_is_refused(foldable, tmp_path, monkeypatch):
    original = onnxsim.simplify

    def renaming(model):
        simplified, ok = original(model)
        simplified.graph.output[0].name = "z"
        return simplified, ok

    monkeypatch.setattr(onnxsim, "simplify", renaming)

    with pytest.raises(StageError, match=r"onnxsim made them .*'z'"):
        simplified_from_onnx(foldable, tmp_path / "s.onnx")


def test_a_failing_simplifier_is_one_line(foldable, tmp_path, monkeypatch):
    def failing(model):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(onnxsim, "simplify", failing)

    with pytest.raises(StageError, match=r"cannot simplify m.onnx \(first line\)"):
        simplified_from_onnx(foldable, tmp_path / "s.onnx")
