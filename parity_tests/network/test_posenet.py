"""PoseNet gives the numbers of the original at every input size."""

from functools import cache

import numpy as np
import onnxruntime
import pytest
import torch

from poseconvert.decoding import decode, specs
from poseconvert.errors import ModelError
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture, input_tensor
from poseconvert.network.loading import load_source
from poseconvert.network.posenet import PoseNet, PoseNetConfig, same_padding
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
    source = load_source(checkpoint, ModelOptions(size=size))
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


# Sides of the four layers of stride 2: odd all, even all, and even and odd in turn.
@pytest.mark.parametrize("size", [225, 257, 224, 220, 227])
def test_the_outputs_are_the_published_graph_s_at_every_size(shared_assets, size):
    _, ours, theirs = both(shared_assets, size)
    side = (size - 1) // 16 + 1
    assert ours["heatmap"].shape == theirs["heatmap"].shape == (1, 17, side, side)
    assert theirs["heatmap"].max() > 1, "the picture shows nobody: nothing would be tested"
    np.testing.assert_allclose(
        sigmoid(ours["heatmap"]), sigmoid(theirs["heatmap"]), rtol=0, atol=1e-5
    )
    for name in ("offset", "displacement_fwd", "displacement_bwd"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-3)


@pytest.mark.parametrize("size", [216, 220, 224, 227])
def test_where_same_moves_the_cells_joints_are_decoded_where_the_person_is(shared_assets, size):
    """The oracle: the same person at 225, where cells lie at 16 * cell."""

    def joints(at):
        source, ours, _ = both(shared_assets, at)
        shapes = {name: value.shape for name, value in ours.items()}
        (spec,) = specs(source.preset, input_size=(at, at), shapes=shapes)
        plain = specs("posenet", input_size=(at, at), shapes=shapes)[0]
        return [decode(ours, one).position[0] * 225 / at for one in (spec, plain)]

    expected, _ = joints(225)
    found, plain = joints(size)
    # All joints are in the picture and visible; their median does not care for single ones.
    assert np.abs(np.median(found - expected, axis=0)).max() < 2
    assert np.median(plain - expected, axis=0).max() < (-2 if size == 227 else -5)


@pytest.mark.parametrize(
    ("side", "stride", "dilation", "expected"),
    [
        # By hand: 224 in, 112 out, the last window begins at 222 and ends behind cell 224.
        (224, 2, 1, (0, 1)),
        (225, 2, 1, (1, 1)),
        (7, 2, 1, (1, 1)),
        (8, 2, 1, (0, 1)),
        (1, 2, 1, (1, 1)),
        (14, 1, 1, (1, 1)),
        (14, 1, 2, (2, 2)),
    ],
)
def test_same_pads_what_the_windows_reach_beyond_and_more_behind(side, stride, dilation, expected):
    assert same_padding(side, stride=stride, dilation=dilation) == expected


@pytest.mark.parametrize(("size", "pads"), [(33, 0), (32, 4), (36, 2), (34, 1)])
def test_only_even_sides_need_a_pad_op(size, pads):
    """33 goes 17, 9, 5, 3; 32 goes 16, 8, 4, 2; 36 goes 18, 9, 5, 3; 34 goes 17, 9, 5, 3."""
    network = PoseNet(PoseNetConfig(input_size=size)).eval()
    program = torch.export.export(network, (torch.zeros(1, 3, size, size),))
    targets = [str(node.target) for node in program.graph.nodes]
    assert sum("pad" in target for target in targets) == pads


def test_a_size_that_moves_the_cells_is_said_and_sizes_that_do_not_are_named():
    (note,) = PoseNetConfig(input_size=224).notes
    assert note.startswith("input size 224 is not 16k+1: padded as TensorFlow's SAME")
    assert note.endswith("209 or 225 need neither")
    assert PoseNetConfig(input_size=225).notes == ()


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
        ({"stem_channels": []}, "stem_channels [] is not a whole number"),
        ({"input_size": 16}, "input size 16. Give 17 to 2048, best 16k+1 such as 257."),
        ({"input_size": 4097}, "input size 4097. Give 17 to 2048"),
        ({"input_size": "257"}, "input_size '257' is not a whole number"),
        ({"input_size": 257.0}, "input_size 257.0 is not a whole number"),
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
