"""Simple Baselines checkpoints are recognised, sized and loaded in all their wrappers."""

import numpy as np
import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.network.families import recognised
from poseconvert.network.loading import load_source
from poseconvert.network.pose_resnet import PoseResNet, PoseResNetConfig
from poseconvert.network.source import ModelOptions


def meta(**values):
    with torch.device("meta"):
        return PoseResNet(PoseResNetConfig(**values))


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(3)
    return PoseResNet(PoseResNetConfig(depth=18, joints=16)).eval()


# Published: microsoft/human-pose-estimation.pytorch README.md, tables of MPII and COCO.
@pytest.mark.parametrize(("depth", "millions"), [(50, 34.0), (101, 53.0), (152, 68.6)])
def test_parameters_are_as_many_as_published(depth, millions):
    counted = sum(p.numel() for p in meta(depth=depth).parameters()) / 1e6
    assert round(counted, 1) == millions


@pytest.mark.parametrize(
    "values",
    [{"depth": depth} for depth in (18, 34, 50, 101, 152)]
    + [{"depth": 18, "joints": 16, "final_kernel": 3, "deconv_kernel": 2}],
)
def test_the_keys_give_back_the_config(values):
    family, config = recognised(meta(**values).state_dict())
    assert (family.name, config) == ("pose_resnet", PoseResNetConfig(**values))


def test_the_names_are_the_layout_s():
    """Written down from lib/models/pose_resnet.py."""
    names = set(meta(depth=50).state_dict())
    assert {"conv1.weight", "bn1.running_var", "layer1.0.downsample.1.bias"} <= names
    assert {"layer3.5.conv3.weight", "layer4.2.bn3.weight"} <= names
    deconv = {name for name in names if name.startswith("deconv_layers")}
    fields = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    assert deconv == {f"deconv_layers.{i}.weight" for i in (0, 3, 6)} | {
        f"deconv_layers.{i}.{field}" for i in (1, 4, 7) for field in fields
    }
    assert {n for n in names if n.startswith("final")} == {"final_layer.weight", "final_layer.bias"}


def wrapped(state, wrapper):
    return {
        "final_state": state,
        "model_best": {f"module.{name}": value for name, value in state.items()},
        "checkpoint": {"epoch": 140, "model": "pose_resnet", "state_dict": state, "perf": 0.7},
    }[wrapper]


@pytest.mark.parametrize("wrapper", ["final_state", "model_best", "checkpoint"])
def test_every_wrapper_loads_and_gives_the_same_heatmaps(tmp_path, small, wrapper):
    torch.save(wrapped(small.state_dict(), wrapper), tmp_path / "pose.pth.tar")
    source = load_source(tmp_path / "pose.pth.tar", ModelOptions(size=(64, 96)))
    picture = torch.rand(1, 3, 64, 96) * 255
    with torch.inference_mode():
        assert torch.equal(source.module(picture), small(picture))
        assert small(picture).shape == (1, 16, 16, 24)
    assert source.inputs == {"image": (1, 3, 64, 96)}
    assert source.preset == "simple_baselines"


def test_the_default_input_is_higher_than_wide_and_a_number_is_a_square(tmp_path, small):
    torch.save(small.state_dict(), tmp_path / "pose.pth")
    assert load_source(tmp_path / "pose.pth", ModelOptions()).inputs == {"image": (1, 3, 256, 192)}
    square = load_source(tmp_path / "pose.pth", ModelOptions(size=64))
    assert square.inputs == {"image": (1, 3, 64, 64)}
    with pytest.raises(
        ModelError, match=r"input_height 100 is not a multiple of 32. Use 96 or 128"
    ):
        load_source(tmp_path / "pose.pth", ModelOptions(size=(100, 96)))


def test_the_picture_is_normalised_inside_as_imagenet_s(small):
    picture = torch.rand(1, 3, 32, 32) * 255
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    wanted = (picture.double().numpy() / 255 - mean[:, None, None]) / std[:, None, None]
    np.testing.assert_allclose(small.pixels(picture).numpy(), wanted, rtol=0, atol=2e-6)
