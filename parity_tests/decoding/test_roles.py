"""Outputs of other names: their roles by channel counts, or a question."""

import pytest

from poseconvert.decoding import specs
from poseconvert.errors import DecodeError


def shapes(*channels):
    return {f"output_{i}": (1, c, 14, 14) for i, c in enumerate(channels)}


def read(preset, *channels):
    found = specs(preset, input_size=(224, 224), shapes=shapes(*channels))
    return [(spec.heatmap, spec.offset) for spec in found]


def test_the_four_outputs_of_a_dual_head_net_are_told_apart_in_any_order():
    assert read("dual_head_224", 1008, 48, 336, 24) == [
        ("output_3", "output_1"),
        ("output_2", "output_0"),
    ]


def test_displacements_do_not_disturb_posenet():
    assert read("posenet", 34, 32, 17, 32) == [("output_2", "output_0")]


@pytest.mark.parametrize(
    ("preset", "channels", "message"),
    [
        ("posenet", (17, 34, 34), "offset may be output_1 or output_2"),
        ("posenet", (17, 17, 34), "heatmap may be output_0 or output_1"),
        ("dual_head_224", (24, 48, 48, 336, 1008), "offset2d may be output_1 or output_2"),
    ],
)
def test_outputs_that_cannot_be_told_apart_are_named_with_the_flag(preset, channels, message):
    with pytest.raises(DecodeError) as caught:
        read(preset, *channels)
    assert message in str(caught.value)
    assert "--outputs heatmap" in str(caught.value)
