"""The second judge. What needs it installed is skipped where it is not: the extra is optional."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import RunError
from poseconvert.graph.reader import write_onnx
from poseconvert.runners import coreai
from poseconvert.runners.coreai import CoreAIRunner, interpreted
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch

installed = pytest.mark.skipif(
    not coreai.available(), reason="the extra coreai is not installed: pip install -e '.[coreai]'"
)


def network(*nodes, shape=(1, 3, 6, 6), out=(1, 4, 4, 4)):
    weight = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    return helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)],
            [numpy_helper.from_array(weight, "w")],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=9,
    )


CONV = helper.make_node("Conv", ["x", "w"], ["y"])


@pytest.fixture
def path(tmp_path):
    write_onnx(network(CONV), tmp_path / "conv.onnx")
    return tmp_path / "conv.onnx"


def batch(count=3):
    values = np.random.default_rng(1).normal(size=(count, 3, 6, 6))
    return Batch({"x": values.astype(np.float32)})


def test_without_it_work_is_refused_in_one_line(monkeypatch, path):
    monkeypatch.setattr(coreai, "available", lambda: False)

    with pytest.raises(RunError, match=r"pip install 'poseconvert\[coreai\]'$"):
        CoreAIRunner(path)


@installed
def test_it_gives_what_onnx_runtime_gives(path, capfd):
    runner = CoreAIRunner(path)

    found, wanted = runner.run(batch())["y"], OnnxRunner(path).run(batch())["y"]

    assert (runner.name[:20], runner.precision, runner.size) == ("Core AI interpreter ", "", 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    assert capfd.readouterr() == ("", "")  # the interpreter writes there at every load


@installed
def test_it_sees_another_weight(path, tmp_path):
    model = network(CONV)
    weight = numpy_helper.to_array(model.graph.initializer[0]).copy()
    weight[2] *= 1.05
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, "w"))
    write_onnx(model, tmp_path / "other.onnx")

    apart = (
        CoreAIRunner(tmp_path / "other.onnx").run(batch())["y"] - OnnxRunner(path).run(batch())["y"]
    )

    assert np.abs(apart[:, 2]).max() > 0.01
    assert np.abs(apart[:, [0, 1, 3]]).max() < 1e-5


@installed
def test_a_graph_it_does_not_take_is_refused_in_one_line():
    model = network(helper.make_node("Det", ["x"], ["y"]), shape=(2, 3, 3), out=(2,))

    with pytest.raises(RunError, match=r"^det: the Core AI interpreter does not run it \(.*Det"):
        interpreted(model, [{"x": np.ones((2, 3, 3), np.float32)}], name="det")
