"""PoseNet gives the numbers of the original where its input size allows it."""

from functools import cache

import numpy as np
import onnxruntime
import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture, input_tensor
from poseconvert.network.loading import load_source
from poseconvert.network.posenet import PoseNet, PoseNetConfig
from poseconvert.network.source import ModelOptions

PUBLISHED = {
    "heatmap": "heatmaps",
    "offset": "short_offsets",
    "displacement_fwd": "displacement_fwd",
    "displacement_bwd": "displacement_bwd",
}


@cache
def published(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def both(shared_assets, size):
    """Our outputs and the published graph's, NCHW, on one picture."""
    checkpoint = shared_assets / "models" / "posenet_mnv1_050_rwightman_layout.pth"
    source = load_source(checkpoint, ModelOptions())
    picture = read_picture(shared_assets / "images" / "yogait_tadasana_crop.jpg")
    tensor = input_tensor(input_picture(picture, Preprocessing(size, size))[0])
    with torch.inference_mode():
        ours = source.module(torch.from_numpy(tensor))
    session = published(shared_assets / "models" / "bodypix_mnv1_x050_s16.onnx")
    given = (tensor / np.float32(127.5) - 1).transpose(0, 2, 3, 1)
    theirs = session.run(list(PUBLISHED.values()), {session.get_inputs()[0].name: given})
    return (
        source,
        {n: t.double().numpy() for n, t in zip(source.output_names, ours, strict=True)},
        {n: t.astype(float).transpose(0, 3, 1, 2) for n, t in zip(PUBLISHED, theirs, strict=True)},
    )


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("size", [225, 257])
def test_at_16k_plus_1_the_outputs_are_the_published_graph_s(shared_assets, size):
    source, ours, theirs = both(shared_assets, size)
    side = (size - 1) // 16 + 1
    assert ours["heatmap"].shape == theirs["heatmap"].shape == (1, 17, side, side)
    assert theirs["heatmap"].max() > 1, "the picture shows nobody: nothing would be tested"
    np.testing.assert_allclose(
        sigmoid(ours["heatmap"]), sigmoid(theirs["heatmap"]), rtol=0, atol=1e-5
    )
    for name in ("offset", "displacement_fwd", "displacement_bwd"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-3)
    assert source.notes == ()


def test_at_224_the_published_numbers_are_others_which_is_why_it_is_refused(shared_assets):
    _, ours, theirs = both(shared_assets, 224)
    assert np.abs(sigmoid(ours["heatmap"]) - sigmoid(theirs["heatmap"])).max() > 0.1
    assert np.abs(ours["offset"] - theirs["offset"]).max() > 0.1
    with pytest.raises(ModelError, match=r"input size 224 is not 16k\+1.*Use 209 or 225\."):
        load_source(
            shared_assets / "models" / "posenet_mnv1_050_rwightman_layout.pth",
            ModelOptions(size=224),
        )


@pytest.mark.parametrize(("stem", "last"), [(16, 256), (24, 384), (32, 1024)])
def test_each_width_has_its_last_channels_and_four_outputs(stem, last):
    with torch.device("meta"):
        net = PoseNet(PoseNetConfig(stem_channels=stem)).eval()
        tensors = net(torch.zeros(1, 3, 257, 257))
    assert net.heatmap.in_channels == last
    assert net.output_names == tuple(PUBLISHED)
    assert [tuple(t.shape) for t in tensors] == [(1, c, 17, 17) for c in (17, 34, 32, 32)]


def test_the_layout_is_the_published_checkpoint_s(shared_assets):
    published_names = torch.load(
        shared_assets / "models" / "posenet_mnv1_050_rwightman_layout.pth", weights_only=True
    )
    with torch.device("meta"):
        own = PoseNet(PoseNetConfig()).state_dict()
    assert len(own) == 62
    assert {n: t.shape for n, t in own.items()} == {n: t.shape for n, t in published_names.items()}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"stem_channels": 8}, "conv0 has 8 channels. Known: 16 (x0.5), 24 (x0.75), 32 (x1.0)."),
        ({"stem_channels": []}, "stem_channels [] is no whole number"),
        ({"input_size": 16}, "input size 16. Give 17 to 2048, 16k+1 such as 257."),
        ({"input_size": 224}, "224 is not 16k+1: stride-2 layers pad 1/1"),
        ({"input_size": 224}, "joints would move. Use 209 or 225."),
        ({"input_size": 4097}, "input size 4097. Give 17 to 2048"),
        ({"input_size": "257"}, "input_size '257' is no whole number"),
        ({"input_size": 257.0}, "input_size 257.0 is no whole number"),
    ],
)
def test_a_config_out_of_range_is_refused(values, text):
    with pytest.raises(ModelError) as caught:
        PoseNetConfig(**values)
    assert text in str(caught.value)


def test_only_the_widest_posenet_dilates_its_last_block():
    """Source: rwightman/posenet-pytorch posenet/models/mobilenet_v1.py: MOBILE_NET_V1_100."""
    for stem, dilation in ((16, 1), (24, 1), (32, 2)):
        network = PoseNet(PoseNetConfig(stem_channels=stem, input_size=33))
        blocks = [network.features.get_submodule(f"conv{i}").depthwise for i in range(1, 14)]
        assert [block.dilation[0] for block in blocks] == [1] * 12 + [dilation]
        assert [block.padding[0] for block in blocks] == [1] * 12 + [dilation]
