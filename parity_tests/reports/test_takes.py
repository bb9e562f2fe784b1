"""The last line of a conversion: what the package takes."""

from types import SimpleNamespace

import pytest

from poseconvert.network.source import ModelOptions
from poseconvert.reports.takes import takes

SIDES = {"image": (1, 3, 64, 48)}


def line(inputs, options=None, *, images=("image",), config=None):
    manifest = SimpleNamespace(
        inputs=inputs,
        images=images,
        preprocessing={name for name in inputs if name == "image"},
        model=SimpleNamespace(config=config or {}),
    )
    return takes(manifest, options or ModelOptions())


@pytest.mark.parametrize(
    ("options", "config", "done"),
    [
        (ModelOptions(scale=(0.5,) * 3), {}, "and computes x * 0.5 + 0 of it inside"),
        (ModelOptions(scale=(1.0,) * 3), {}, "and gives it to the network as it is"),
        (ModelOptions(), {}, "and gives it to the network as it is"),
        (ModelOptions(), {"width": 1}, "and normalises it inside, as the network was trained"),
    ],
)
def test_it_says_what_is_done_with_a_picture(options, config, done):
    expected = f'the package takes image "image", RGB 0-255, 48 wide and 64 high, {done}'
    assert line(SIDES, options, config=config) == expected


def test_every_input_is_said():
    found = line(SIDES | {"flag": (1, 2)}, images=())
    assert found.startswith('the package takes tensor "image", RGB 0-255')
    assert found.endswith('; tensor "flag" 1x2')
