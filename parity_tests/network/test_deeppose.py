"""DeepPose is a classifier with another last layer, and a classifier is not taken for it."""

import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.network.deeppose import DeepPoseConfig, network
from poseconvert.network.families import recognised
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions


def meta(backbone, **values):
    with torch.device("meta"):
        return network(DeepPoseConfig(backbone=backbone, **values))


# Published: torchvision's tables of weights, with 1000 classes.
@pytest.mark.parametrize(
    ("backbone", "count"),
    [("alexnet", 61_100_840), ("resnet18", 11_689_512), ("resnet50", 25_557_032)],
)
def test_with_1000_outputs_it_has_as_many_parameters_as_torchvision_s(backbone, count):
    assert sum(p.numel() for p in meta(backbone, joints=500).parameters()) == count


@pytest.mark.parametrize("backbone", ["alexnet", "resnet18", "resnet50"])
def test_the_keys_give_back_the_config(backbone):
    family, config = recognised(meta(backbone, joints=14).state_dict())
    assert (family.name, config) == ("deeppose", DeepPoseConfig(backbone=backbone, joints=14))


@pytest.mark.parametrize("backbone", ["alexnet", "resnet18"])
def test_outputs_are_two_numbers_per_joint(backbone):
    with torch.device("meta"):
        assert meta(backbone).eval()(torch.zeros(1, 3, 224, 224)).shape == (1, 32)


def test_a_classifier_is_not_guessed_to_be_a_pose_network_but_may_be_said_to_be(tmp_path):
    torch.manual_seed(1)
    path = tmp_path / "resnet18.pth"
    torch.save(network(DeepPoseConfig(backbone="resnet18", joints=500)).state_dict(), path)
    with pytest.raises(ModelError, match=r"1000 classes.*say so with --arch deeppose\."):
        load_source(path, ModelOptions())
    said = load_source(path, ModelOptions(arch="deeppose", size=64))
    assert said.config["joints"] == 500


def test_alexnet_takes_the_one_size_its_full_layer_fits():
    with pytest.raises(ModelError, match=r"6x6 cells, input_size 256 makes others. Use 224."):
        DeepPoseConfig(input_size=256)
