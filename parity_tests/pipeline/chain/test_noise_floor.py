"""The noise floor is the largest of what moves the reference, and says which that was."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

from poseconvert.errors import RunError
from poseconvert.network.source import Source
from poseconvert.pipeline.chain.noise_floor import noise_floor
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch
from poseconvert.runners.torch import TorchRunner

VALUES = np.random.default_rng(0).uniform(0, 1, (3, 4)).astype(np.float32)
BATCH = Batch({"x": VALUES})


class Moving:
    """Doubles its input; a variant adds what it is told to the first output's values."""

    name, precision = "test runner", ""

    def __init__(self, **amounts):
        self.amounts = amounts

    def run(self, batch):
        doubled = batch.tensors["x"] * np.float32(2)
        return {"y": doubled, "z": doubled}

    def variants(self):
        for name, amount in self.amounts.items():
            yield name, lambda batch, amount=amount: self._moved(batch, amount)

    def _moved(self, batch, amount):
        if amount is None:
            raise RunError("cannot be run so.")
        outputs = self.run(batch)
        return outputs | {"y": outputs["y"] + np.float32(amount)}


def floor_of(runner):
    return noise_floor(runner, BATCH, runner.run(BATCH)).floor


def test_the_largest_source_is_kept_for_each_output():
    found = floor_of(Moving(thread=0.0, threads=0.125, other=0.25, small=0.0625))
    assert found["y"].source == "other"
    assert found["y"].relative == pytest.approx(0.25 / np.ptp(VALUES * 2), rel=1e-6)
    assert found["z"].source == "1 ulp"
    assert 0 < found["z"].relative < 1e-6


def test_a_way_that_fails_or_gives_nan_is_left_out():
    found = floor_of(Moving(first=None, second=np.nan, third=0.5))
    assert found["y"].source == "third"
    assert floor_of(Moving(first=None, second=np.nan))["y"].source == "1 ulp"


def long_sum():
    """A network whose sums are long enough for their order to show."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(3, 64, 7), nn.ReLU(), nn.Conv2d(64, 64, 7), nn.ReLU(), nn.Conv2d(64, 2, 3)]
    return nn.Sequential(*layers).eval()


def torch_runner(module):
    return TorchRunner(Source(module, "module", {"x": (1, 3, 24, 24)}, ("y",)))


PIXELS = np.random.default_rng(1).uniform(0, 255, (1, 3, 24, 24)).astype(np.float32)
PICTURE = Batch({"x": PIXELS})


def test_pytorch_is_run_again_with_threads_without_onednn_and_in_float64():
    module = long_sum()
    runner = torch_runner(module)
    expected = runner.run(PICTURE)["y"]
    found = {name: run(PICTURE)["y"] for name, run in runner.variants()}

    assert {"no oneDNN", "float64"} < set(found)
    assert any("thread" in name for name in found)
    with torch.inference_mode():
        exact = long_sum().double()(torch.from_numpy(PIXELS).double()).numpy()
    np.testing.assert_array_equal(found["float64"], exact.astype(np.float32))
    for name, values in found.items():
        assert np.abs(values - exact).max() < 1e-4 * np.ptp(exact), name
    assert any((values != expected).any() for values in found.values())


def test_trying_other_ways_leaves_pytorch_and_the_network_as_they_were():
    module = long_sum()
    runner = torch_runner(module)
    before = torch.get_num_threads(), torch.backends.mkldnn.enabled
    for _, run in runner.variants():
        run(PICTURE)
    assert (torch.get_num_threads(), torch.backends.mkldnn.enabled) == before
    assert {p.dtype for p in module.parameters()} == {torch.float32}


def test_a_network_that_cannot_be_float64_is_left_out_not_refused():
    class Fixed(nn.Module):
        def forward(self, x):
            if x.dtype != torch.float32:
                raise TypeError("float32 only")
            return x * 2

    runner = torch_runner(Fixed().eval())
    found = noise_floor(runner, PICTURE, runner.run(PICTURE)).floor
    assert found["y"].source != "float64"
    with pytest.raises(RunError, match="does not run in float64"):
        dict(runner.variants())["float64"](PICTURE)


def test_onnx_runtime_is_run_again_with_one_thread_and_with_two(tmp_path):
    node = helper.make_node("Mul", ["x", "x"], ["y"])
    sides = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 24, 24]) for name in "xy"
    ]
    graph = helper.make_graph([node], "g", sides[:1], sides[1:])
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "m.onnx")
    runner = OnnxRunner(tmp_path / "m.onnx")

    found = {name: run(PICTURE)["y"] for name, run in runner.variants()}

    assert set(found) == {"1 thread", "2 threads"}
    for values in found.values():
        np.testing.assert_array_equal(values, PIXELS * PIXELS)
