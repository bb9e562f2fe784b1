"""Old Core ML models through the commands: inspect, diff, adopt, convert."""

import pytest
import torch
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.utils import save_spec

WIDTH = 4


def weights():
    torch.manual_seed(4)
    return torch.nn.Conv2d(3, WIDTH, 3, padding=1)


@pytest.fixture
def old(tmp_path):
    """A NeuralNetwork of one convolution."""
    conv = weights()
    builder = NeuralNetworkBuilder(
        [("image", datatypes.Array(1, 3, 16, 16))],
        [("heatmap", datatypes.Array(1, WIDTH, 16, 16))],
        disable_rank5_shape_mapping=True,
    )
    builder.add_convolution(
        "conv", 3, WIDTH, 3, 3, 1, 1, "same", 1, conv.weight.detach().permute(2, 3, 1, 0).numpy(),
        conv.bias.detach().numpy(), True, input_name="image", output_name="heatmap",
    )  # fmt: skip
    path = tmp_path / "old.mlmodel"
    save_spec(builder.spec, str(path))
    return path


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.onnx"
    torch.onnx.export(
        weights(), (torch.rand(1, 3, 16, 16),), path, input_names=["image"],
        output_names=["heatmap"], dynamo=False,
    )  # fmt: skip
    return path


def test_inspect_says_what_it_is_and_asks_no_rules_about_programs(poseconvert, old):
    done = poseconvert("inspect", old)
    assert done.code == 0, done.errors
    assert "NeuralNetwork; its layers are shown" in done.out
    assert "iOS 13" in done.out
    assert "conv" in done.out


def test_it_is_compared_with_its_source(poseconvert, source, old):
    done = poseconvert("diff", source, old)
    assert done.code == 0, done.out + done.err
    assert "parity held" in done.out


def test_it_is_adopted_in_a_package_of_its_own(poseconvert, source, old, tmp_path):
    folder = tmp_path / "adopted"
    done = poseconvert("adopt", source, old, "--output", folder)
    assert done.code == 0, done.out + done.err
    held = next((folder / "model.mlpackage").rglob("*.mlmodel"))
    assert held.read_bytes() == old.read_bytes()


def test_it_is_upgraded_and_judged_by_what_it_was(poseconvert, old, tmp_path):
    place = tmp_path / "new.mlpackage"
    done = poseconvert("convert", old, "-o", place, "--precision", "fp32")
    assert done.code == 0, done.out + done.err
    assert "parity held" in done.out
    assert f"to {place}" in "".join(done.out.split("\n"))
    assert poseconvert("diff", old, place).code == 0


def test_what_convert_would_ignore_is_refused(poseconvert, old):
    done = poseconvert("convert", old, "--scale", "1/255")
    assert done.code == 2
    assert "is a Core ML model already" in done.err


def test_a_place_that_is_taken_is_left_alone(poseconvert, old, tmp_path):
    taken = tmp_path / "taken.mlpackage"
    taken.mkdir()
    done = poseconvert("convert", old, "-o", taken)
    assert done.code == 2
    assert "Choose another with -o" in done.err
    assert not list(taken.iterdir())


def test_a_compiled_model_is_refused_with_where_its_source_is(poseconvert, tmp_path):
    folder = tmp_path / "app.mlmodelc"
    folder.mkdir()
    done = poseconvert("inspect", folder)
    assert done.code == 2
    assert "a compiled model, which only Core ML reads. Give the .mlmodel" in done.err
