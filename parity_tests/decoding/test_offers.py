"""What a network is offered that nobody named a decoder for."""

import pytest

from poseconvert.decoding import PRESETS, fitting, offer
from poseconvert.decoding.catalogue import CATALOGUE
from poseconvert.face.preset_names import PRESET_NAMES

FITS = [
    ({"output_0": (1, 17, 64, 48)}, (256, 192), ("heatmap",)),
    ({"output0": (1, 56, 8400)}, (640, 640), ("yolo",)),
    ({"output0": (1, 8400, 56)}, (640, 640), ("yolo",)),
    ({"output0": (1, 56, 300)}, (64, 64), ("yolo",)),
    ({"output_0": (1, 6, 56)}, (256, 256), ("movenet_multipose",)),
    ({"output0": (1, 300, 57)}, (640, 640), ("yolo_end_to_end",)),
    ({"simcc_x": (1, 17, 384), "simcc_y": (1, 17, 512)}, (256, 192), ("simcc",)),
    ({"a": (1, 17, 17, 17), "b": (1, 34, 17, 17)}, (257, 257), ("posenet", "deeplabcut")),
    ({"lm": (1, 468, 3), "flag": (1, 1)}, (192, 192), ("coordinates", "coordinates_fraction")),
    ({"joints": (1, 1, 17, 3)}, None, ("lifter",)),
    ({"r": (1, 896, 12), "c": (1, 896, 1)}, (128, 128), ("blazepose_detector",)),
    ({"h": (1, 19, 32, 57), "p": (1, 38, 32, 57)}, (256, 456), ("openpose",)),
    ({"logits": (1, 1000)}, (224, 224), ()),
    ({"mask": (1, 3, 224, 224)}, (224, 224), ()),
    ({"boxes": (1, 84, 8400)}, (640, 640), ()),
    ({"one": (1, 17, 64, 48), "two": (1, 18, 64, 48)}, (256, 192), ()),
]


@pytest.mark.parametrize(("shapes", "size", "presets"), FITS)
def test_the_presets_that_fit(shapes, size, presets):
    assert fitting(shapes, size) == presets


def test_one_preset_is_offered_with_what_it_reads():
    assert offer({"output_0": (1, 17, 64, 48)}, (256, 192)) == (
        "output_0 is 1x17x64x48: 17 heatmaps; joints are compared with --decode heatmap"
    )
    assert offer({"output0": (1, 56, 8400)}, (640, 640)) == (
        "output0 is 1x56x8400: 17 joints; people are compared with --decode yolo"
    )


def test_two_presets_and_none_are_said():
    both = offer({"a": (1, 17, 17, 17), "b": (1, 34, 17, 17)}, (257, 257))
    assert both.endswith("2 presets fit; joints are compared with --decode posenet or deeplabcut")
    none = offer({"logits": (1, 1000)}, (224, 224))
    assert none.startswith("logits is 1x1000: fits no decode preset (poseconvert decoders lists")


def test_the_catalogue_and_the_help_hold_every_preset_once():
    assert sorted(one.name for one in CATALOGUE) == sorted(PRESETS)
    assert tuple(one.name for one in CATALOGUE) == tuple(
        name for name in (one.name for one in CATALOGUE) if name in PRESET_NAMES
    )
    assert sorted(PRESET_NAMES) == sorted(PRESETS)
