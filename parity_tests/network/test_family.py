"""A bare state dict is recognised by its keys, with the config they imply."""

import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet
from poseconvert.network.families import FAMILIES, named_family, recognised
from poseconvert.network.posenet import PoseNet, PoseNetConfig


def state_of(network, config):
    with torch.device("meta"):
        return network(config).state_dict()


@pytest.mark.parametrize(
    "config",
    [
        DualHeadConfig(),
        DualHeadConfig(width=0.5, joints=17, depth=8),
        DualHeadConfig(width=0.25, extra_layers=2),
        DualHeadConfig(heads="2d", joints=5),
        DualHeadConfig(heads="3d"),
    ],
)
def test_a_dual_head_state_dict_gives_back_its_config(config):
    family, found = recognised(state_of(DualHeadNet, config))
    assert (family.name, found) == ("dual_head_mobilenet_v1", config)


@pytest.mark.parametrize("stem", [16, 24, 32])
def test_a_posenet_state_dict_gives_back_its_width(stem):
    config = PoseNetConfig(stem_channels=stem)
    family, found = recognised(state_of(PoseNet, config))
    assert (family.name, found) == ("posenet_mobilenet_v1", config)


def test_keys_of_two_families_are_not_guessed():
    both = state_of(DualHeadNet, DualHeadConfig()) | state_of(PoseNet, PoseNetConfig())
    with pytest.raises(ModelError, match="fits dual_head_mobilenet_v1, posenet_mobilenet_v1"):
        recognised(both)


def test_families_are_found_by_the_name_they_carry():
    assert all(named_family(name).name == name for name in FAMILIES)


def test_another_input_size_is_checked_as_the_first_was():
    family = named_family("dual_head_mobilenet_v1")
    assert family.resized(DualHeadConfig(), None) == DualHeadConfig()
    assert family.resized(DualHeadConfig(), 448).input_size == 448
    with pytest.raises(ModelError, match="not a multiple of 16"):
        family.resized(DualHeadConfig(), 450)


def test_a_partial_checkpoint_names_the_nearest_family_and_what_is_missing():
    state = state_of(PoseNet, PoseNetConfig())
    del state["displacement_fwd.weight"], state["displacement_fwd.bias"]
    with pytest.raises(ModelError) as caught:
        recognised(state)
    assert "nearest is posenet_mobilenet_v1, without 2 of its tensors" in str(caught.value)
    assert "displacement_fwd.weight" in str(caught.value)


def test_a_rectangle_is_refused_where_inputs_are_square():
    family = named_family("dual_head_mobilenet_v1")
    with pytest.raises(ModelError, match=r"input 256x192 is not square. Give one side"):
        family.resized(DualHeadConfig(), (256, 192))
