"""A network that answers one input twice differently is said to, its op named, and never held."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from poseconvert.drift import Parity
from poseconvert.network.source import ModelOptions, Source
from poseconvert.pipeline.chain.steadiness import unsteadiness
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch
from poseconvert.runners.torch import TorchRunner

SHAPE = (1, 3, 16, 16)
PICTURES = Batch({"image": np.random.default_rng(0).uniform(0, 255, SHAPE).astype(np.float32)})


class Noisy(nn.Module):
    """Its noise is far below every tolerance of a converted package."""

    def __init__(self, noise):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.noise = noise

    def forward(self, x):
        return self.conv(x / 255) + self.noise(x)


class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        self.seen += 1
        return x * 0.01 + self.seen


NOISES = {
    "rand": (lambda x: torch.rand(1) * 1e-3, "aten::rand"),
    "randn_like": (lambda x: torch.randn_like(x[:, :1, 2:, 2:]) * 1e-6, "aten::randn_like"),
    "live dropout": (
        lambda x: nn.functional.dropout(x[:, :1, 2:, 2:], 0.5, training=True) * 1e-6,
        "aten::dropout",
    ),
    "bernoulli": (lambda x: torch.bernoulli(x[:, :1, 2:, 2:] / 255) * 1e-5, "aten::bernoulli"),
}


def runner_of(module, architecture="module"):
    return TorchRunner(Source(module, architecture, {"image": SHAPE}, ("y",)))


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::DeprecationWarning")
def test_noise_is_measured_and_its_op_named(name):
    noise, op = NOISES[name]
    module = Noisy(noise).eval()
    traced = torch.jit.trace(module, torch.zeros(SHAPE), check_trace=False)
    text = unsteadiness(runner_of(traced), PICTURES)
    assert "the network is not deterministic: one input run twice moves y by" in text
    assert f"({op} draws random numbers)" in text


def test_an_exported_program_names_its_node():
    program = torch.export.export(Noisy(lambda x: torch.rand(1)).eval(), (torch.zeros(SHAPE),))
    text = unsteadiness(runner_of(program.module()), PICTURES)
    assert "(aten.rand.default (rand) draws random numbers)" in text


def test_state_that_is_kept_shows_although_nothing_is_random():
    assert "it keeps state from run to run" in unsteadiness(runner_of(Counts()), PICTURES)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_network_that_repeats_itself_is_steady():
    quiet = Noisy(lambda x: nn.functional.dropout(x[:, :1, 2:, 2:], 0.5, training=False)).eval()
    for module in (quiet, torch.jit.trace(quiet, torch.zeros(SHAPE))):
        assert unsteadiness(runner_of(module), PICTURES) == ""


def test_nan_in_the_same_place_is_the_same_and_elsewhere_is_not():
    class Sometimes(nn.Module):
        def __init__(self, values):
            super().__init__()
            self.values = iter(values)

        def forward(self, x):
            return torch.tensor([next(self.values)])

    same = runner_of(Sometimes([torch.nan, torch.nan]))
    other = runner_of(Sometimes([torch.nan, 1.0]))
    assert unsteadiness(same, PICTURES) == ""
    assert "moves y by inf" in unsteadiness(other, PICTURES)


def write_random_onnx(path, op, **attributes):
    weight = numpy_helper.from_array(np.full((4, 3, 1, 1), 0.01, np.float32), "w")
    scale = numpy_helper.from_array(np.float32(1e-5), "s")
    nodes = [
        helper.make_node("Conv", ["image", "w"], ["c"], "conv"),
        helper.make_node(op, [], ["r"], "noise", shape=[1, 4, 16, 16], **attributes),
        helper.make_node("Mul", ["r", "s"], ["n"], "small"),
        helper.make_node("Add", ["c", "n"], ["y"], "sum"),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 16, 16])],
        [weight, scale],
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


@pytest.mark.parametrize("op", ["RandomUniform", "RandomNormal"])
def test_an_onnx_file_names_its_node(tmp_path, op):
    write_random_onnx(tmp_path / "m.onnx", op)
    assert f"({op} (noise) draws random numbers)" in unsteadiness(
        OnnxRunner(tmp_path / "m.onnx"), PICTURES
    )


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::DeprecationWarning")
def test_a_conversion_of_it_is_never_held_and_says_why(tmp_path):
    traced = torch.jit.trace(Noisy(NOISES["rand"][0]).eval(), torch.zeros(SHAPE), check_trace=False)
    model = tmp_path / "noisy.pt"
    traced.save(model)
    folder = tmp_path / "noisy.poseconvert"
    folder.mkdir()
    measurement = convert(
        model,
        folder,
        target=folder,
        options=ConvertOptions(model=ModelOptions(inputs={"image": SHAPE})),
        progress=lambda step: None,
    )
    assert measurement.parity is not Parity.HELD
    assert measurement.manifest.verdict != "held"
    for comparison in measurement.result.comparisons:
        assert comparison.parity is Parity.NOT_RUN
        assert "the network is not deterministic" in comparison.reasons[0]
