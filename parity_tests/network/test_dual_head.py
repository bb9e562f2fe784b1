"""The dual-head net has the article's outputs, shapes and sizes."""

import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet

ARTICLE = {
    "heatmap2d": (1, 24, 14, 14),
    "offset2d": (1, 48, 14, 14),
    "heatmap3d": (1, 336, 14, 14),
    "offset3d": (1, 1008, 14, 14),
}


def outputs_of(**values):
    """Names and shapes, in the order the net returns them; computed without weights."""
    config = DualHeadConfig(**values)
    with torch.device("meta"):
        net = DualHeadNet(config).eval()
        tensors = net(torch.zeros(1, 3, config.input_size, config.input_size))
    return {name: tuple(t.shape) for name, t in zip(net.output_names, tensors, strict=True)}


def test_the_article_s_outputs_in_order_with_every_shape():
    assert list(outputs_of().items()) == list(ARTICLE.items())


@pytest.mark.parametrize("width", [0.25, 0.5, 1.0, 2.0])
def test_width_changes_no_output(width):
    assert outputs_of(width=width) == ARTICLE


def test_one_head_alone_keeps_its_names_and_shapes():
    flat = {k: ARTICLE[k] for k in ("heatmap2d", "offset2d")}
    deep = {k: ARTICLE[k] for k in ("heatmap3d", "offset3d")}
    assert list(outputs_of(heads="2d").items()) == list(flat.items())
    assert list(outputs_of(heads="3d").items()) == list(deep.items())


@pytest.mark.parametrize(
    ("values", "shapes"),
    [
        ({"input_size": 448, "depth": 28}, [(24, 28), (48, 28), (672, 28), (2016, 28)]),
        ({"input_size": 16}, [(24, 1), (48, 1), (336, 1), (1008, 1)]),
        ({"joints": 17, "depth": 5}, [(17, 14), (34, 14), (85, 14), (255, 14)]),
        ({"joints": 1, "depth": 1, "extra_layers": 3}, [(1, 14), (2, 14), (1, 14), (3, 14)]),
    ],
)
def test_size_joints_and_depth_scale_the_heads(values, shapes):
    found = outputs_of(**values)
    assert list(found.values()) == [(1, channels, side, side) for channels, side in shapes]


@pytest.mark.parametrize(("width", "millions"), [(0.5, 1.5), (1.0, 4.7)])
def test_parameter_counts_of_the_article(width, millions):
    with torch.device("meta"):
        net = DualHeadNet(DualHeadConfig(width=width))
    assert sum(p.numel() for p in net.parameters()) / 1e6 == pytest.approx(millions, abs=0.1)


def test_extra_layers_append_separable_blocks():
    with torch.device("meta"):
        counts = [
            sum(p.numel() for p in DualHeadNet(DualHeadConfig(extra_layers=n)).parameters())
            for n in (0, 1, 3)
        ]
    depthwise, pointwise = 9 * 1024 + 2 * 1024, 1024 * 1024 + 2 * 1024
    assert counts[1] - counts[0] == depthwise + pointwise
    assert counts[2] - counts[0] == 3 * (depthwise + pointwise)


def test_the_picture_is_normalised_inside_the_graph_to_minus_one_and_one(network):
    seen = []
    hook = network.stem.conv.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.inference_mode():
        for level in (0.0, 127.5, 255.0):
            network(torch.full((1, 3, 32, 32), level))
    hook.remove()
    for got, wanted in zip(seen, (-1.0, 0.0, 1.0), strict=True):
        torch.testing.assert_close(got, torch.full_like(got, wanted), rtol=0, atol=1e-6)


def test_hidden_values_are_clipped_to_0_and_6(network):
    with torch.inference_mode():
        features = network.features(torch.full((1, 3, 32, 32), 1e6))
    assert features.min() >= 0
    assert features.max() <= 6


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"width": 0.1}, "dual-head config: width is 0.1. Give a number from 0.25 to 2.0."),
        ({"width": float("nan")}, "width is nan. Give a number from 0.25 to 2.0."),
        ({"width": "0.5"}, "width is '0.5'. Give a number from 0.25 to 2.0."),
        ({"joints": 0}, "joints is 0. Give a number from 1 to 512."),
        ({"joints": 2.5}, "joints must be a whole number."),
        ({"depth": 257}, "depth is 257. Give a number from 1 to 256."),
        ({"extra_layers": -1}, "extra_layers is -1. Give a number from 0 to 32."),
        ({"input_size": 4096}, "input_size is 4096. Give a number from 16 to 2048."),
        ({"input_size": 225}, "input_size 225 is not a multiple of 16. Use 224 or 240."),
        ({"heads": "4d"}, "heads is '4d'. Use both, 2d or 3d."),
    ],
)
def test_a_config_out_of_range_is_refused_with_the_range(values, text):
    with pytest.raises(ModelError) as caught:
        DualHeadConfig(**values)
    assert text in str(caught.value)


def test_two_extra_layers_at_33_32_width_have_the_article_s_7_16_million_parameters():
    """The article states the total, not the layers: this is the nearest of its description."""
    with torch.device("meta"):
        net = DualHeadNet(DualHeadConfig(width=33 / 32, extra_layers=2))
    assert sum(p.numel() for p in net.parameters()) == 7_162_812
    assert sorted(net.config.output_channels.values()) == [24, 48, 336, 1008]
