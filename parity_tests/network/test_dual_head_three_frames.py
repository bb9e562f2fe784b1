"""The 448 network takes three frames, and is told from the 224 network by its stem."""

import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.network.checkpoint import save_checkpoint
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet
from poseconvert.network.dual_head_three_frames import ThreeFramesConfig, ThreeFramesNet
from poseconvert.network.families import recognised
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

NAME = "dual_head_three_frames"
SMALL = ThreeFramesConfig(width=0.25, input_size=64, depth=4)


def state_of(network, config):
    with torch.device("meta"):
        return network(config).state_dict()


def save(folder, config=SMALL):
    torch.manual_seed(0)
    torch.save(ThreeFramesNet(config).state_dict(), folder / "three.pth")
    return folder / "three.pth"


def test_the_448_network_s_outputs_are_28_cells_deep_high_and_wide():
    with torch.device("meta"):
        net = ThreeFramesNet(ThreeFramesConfig()).eval()
        frame = torch.zeros(1, 3, 448, 448)
        tensors = net(frame, frame, frame)
    shapes = {n: tuple(t.shape) for n, t in zip(net.output_names, tensors, strict=True)}
    assert shapes == {
        "heatmap2d": (1, 24, 28, 28),
        "offset2d": (1, 48, 28, 28),
        "heatmap3d": (1, 24 * 28, 28, 28),
        "offset3d": (1, 3 * 24 * 28, 28, 28),
    }


@pytest.mark.parametrize(
    "config",
    [
        ThreeFramesConfig(),
        ThreeFramesConfig(width=0.5, joints=17, depth=8),
        ThreeFramesConfig(heads="3d", extra_layers=2),
    ],
)
def test_a_stem_of_nine_channels_is_three_frames_and_gives_back_its_config(config):
    family, found = recognised(state_of(ThreeFramesNet, config))
    assert (family.name, found) == (NAME, config)


def test_the_same_keys_with_a_stem_of_three_channels_are_the_224_network():
    one, three = (
        state_of(DualHeadNet, DualHeadConfig()),
        state_of(ThreeFramesNet, ThreeFramesConfig()),
    )
    assert one.keys() == three.keys()
    assert recognised(one)[0].name == "dual_head_mobilenet_v1"


def test_the_other_family_s_name_is_refused_and_the_right_one_said(tmp_path):
    with pytest.raises(ModelError, match=f"not its keys but those of {NAME}. Give --arch {NAME}"):
        load_source(save(tmp_path), ModelOptions(arch="dual_head_mobilenet_v1", size=64))


@pytest.mark.parametrize(
    ("network", "config", "name"),
    [
        (ThreeFramesNet, ThreeFramesConfig(), NAME),
        (DualHeadNet, DualHeadConfig(), "dual_head_mobilenet_v1"),
    ],
)
def test_of_a_partial_checkpoint_the_family_with_its_shapes_is_nearest(network, config, name):
    state = state_of(network, config)
    for key in [key for key in state if key.startswith("heads.heatmap")]:
        del state[key]
    with pytest.raises(ModelError, match=f"nearest is {name}, without 4 of its tensors"):
        recognised(state)


def test_the_source_takes_three_pictures_in_order_and_decodes_as_448(tmp_path):
    source = load_source(save(tmp_path), ModelOptions(size=64))
    shape = (1, 3, 64, 64)
    assert list(source.inputs.items()) == [("now", shape), ("before", shape), ("earlier", shape)]
    assert source.preset == "dual_head_448"
    assert source.config["depth"] == 4


def test_our_own_checkpoint_knows_its_size(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "three.safetensors"
    save_checkpoint(path, ThreeFramesNet(SMALL), architecture=NAME, config=SMALL)
    assert load_source(path, ModelOptions()).inputs["earlier"] == (1, 3, 64, 64)


def test_each_frame_has_three_channels_of_the_stem_in_its_place():
    torch.manual_seed(0)
    network = ThreeFramesNet(SMALL).eval()
    frames = torch.rand(3, 1, 3, 64, 64) * 255
    with torch.inference_mode():
        for place in range(3):
            # By hand: the picture alone, scaled to -1..1, through its own slice of the filters.
            kept = slice(3 * place, 3 * place + 3)
            conv = network.stem.conv
            alone = torch.nn.functional.conv2d(
                frames[place] / 127.5 - 1, conv.weight[:, kept], stride=2, padding=1
            )
            grey = [torch.full_like(frames[0], 127.5) for _ in range(3)]  # 0 after scaling
            grey[place] = frames[place]
            seen = []
            hook = conv.register_forward_hook(lambda _, __, out: seen.append(out))  # noqa: B023
            network(*grey)
            hook.remove()
            torch.testing.assert_close(seen[0], alone, rtol=0, atol=1e-5)
