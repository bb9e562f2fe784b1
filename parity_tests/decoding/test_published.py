"""Each decoder against what a published implementation gives on the same tensors.

``record_published.py`` ran them; ``published.json`` holds their values and says their versions.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from parity_tests.decoding import scenes
from poseconvert.decoding import decode, decode_people, specs

RECORD = json.loads((Path(__file__).parent / "published.json").read_text())
# They sum in float32, at hundreds of pixels.
PIXELS = 1e-3
SCORES = 1e-5

ONE = {  # preset: outputs, input size
    "heatmap": ({"heatmap": scenes.heatmaps(1)}, (256, 192)),
    "heatmap_dark": ({"heatmap": scenes.heatmaps(1)}, (256, 192)),
    "simcc": (scenes.simcc(2), (256, 192)),
    "deeplabcut": (scenes.locref(12), (160, 192)),
}


def figures(seed, size, joints=17, count=3):
    return scenes.figures(seed, count, joints=joints, size=(size, size))


MANY = {  # record: preset, outputs, input size
    "yolo": ("yolo", scenes.yolo(3), 320),
    "yolo_crowd": ("yolo", scenes.yolo(4, people=8), 320),
    "yolo_empty": ("yolo", scenes.yolo(5, people=0), 320),
    "yolo_end_to_end": ("yolo_end_to_end", scenes.end_to_end(6), 320),
    "posenet_multi": ("posenet_multi", scenes.posenet(figures(7, 257), seed=7, noise=0.3), 257),
    "openpose": ("openpose", scenes.openpose(figures(8, 256, 18), seed=8, noise=0.02), 256),
    "movenet": ("movenet", scenes.movenet(figures(9, 192, count=1)[0], seed=9, noise=0.05), 192),
    "centernet": ("centernet", scenes.centernet(figures(10, 256), seed=10, noise=0.1), 256),
    "blazepose_detector": ("blazepose_detector", scenes.anchored(11), 128),
    "blazeface": ("blazeface", scenes.anchored(11, points=6), 128),
}


def spec_of(preset, outputs, size):
    shapes = {name: values.shape for name, values in outputs.items()}
    (spec,) = specs(preset, input_size=size, shapes=shapes)
    return spec


@pytest.mark.parametrize("preset", ONE)
def test_one_person_as_published(preset):
    outputs, size = ONE[preset]
    pose = decode(outputs, spec_of(preset, outputs, size))
    recorded = RECORD["decoded"][preset]
    np.testing.assert_allclose(pose.position, recorded["position"], rtol=0, atol=PIXELS)
    if "score" in recorded:
        np.testing.assert_allclose(pose.score, recorded["score"], rtol=0, atol=SCORES)


@pytest.mark.parametrize("name", MANY)
def test_several_people_as_published(name):
    preset, outputs, size = MANY[name]
    spec = spec_of(preset, outputs, (size, size))
    if name == "openpose":  # the published radius is 6 cells of the map it reads
        from dataclasses import replace

        spec = replace(spec, people=replace(spec.people, radius=48.0))
    people = decode_people(outputs, spec)
    recorded = RECORD["decoded"][name]
    order = np.argsort(-np.asarray(recorded.get("person", [0.0] * len(people))), kind="stable")
    position = np.asarray(recorded["position"]).reshape(-1, spec.joints, 2)[order]
    assert len(people) == len(position)
    assert len(people) > 0 or name == "yolo_empty"
    mine = np.argsort(-people.person, kind="stable")
    if name == "openpose":
        position = np.where(position < 0, np.nan, position)
    np.testing.assert_allclose(people.position[mine], position, rtol=0, atol=PIXELS)
    for field in {"person", "score", "box"} & set(recorded):
        expected = np.asarray(recorded[field]).reshape(getattr(people, field).shape)[order]
        allowed = PIXELS if field == "box" else SCORES
        found = getattr(people, field)[mine]
        np.testing.assert_allclose(found, expected, rtol=0, atol=allowed, err_msg=field)
