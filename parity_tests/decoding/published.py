"""What published implementations gave on the scenes, and how far our decoders lie off."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from parity_tests.decoding import scenes
from poseconvert.decoding import decode, decode_people, specs

RECORD = json.loads((Path(__file__).parent / "published.json").read_text())

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
    "yolo_oks": ("yolo_oks", scenes.yolo(14), 320),
    "yolo_oks_crowd": ("yolo_oks", scenes.yolo(15, people=8), 320),
    "posenet_multi": ("posenet_multi", scenes.posenet(figures(7, 257), seed=7, noise=0.3), 257),
    "openpose": ("openpose", scenes.openpose(figures(8, 256, 18), seed=8, noise=0.02), 256),
    "movenet": ("movenet", scenes.movenet(figures(9, 192, count=1)[0], seed=9, noise=0.05), 192),
    "centernet": ("centernet", scenes.centernet(figures(10, 256), seed=10, noise=0.1), 256),
    "blazepose_detector": ("blazepose_detector", scenes.anchored(11), 128),
    "blazeface": ("blazeface", scenes.anchored(11, points=6), 128),
}

# Outputs of a usual network, for presets without a scene above.
SHAPES = {
    "heatmap_background": ({"heatmaps": (1, 19, 32, 57)}, (256, 456)),
    "simple_baselines": ({"output_0": (1, 17, 64, 48)}, (256, 192)),
    "posenet": ({"heatmap": (1, 17, 17, 17), "offset": (1, 34, 17, 17)}, (257, 257)),
    "movenet_lightning": ({"output_0": (1, 1, 17, 3)}, (192, 192)),
    "movenet_multipose": ({"output_0": (1, 6, 56)}, (256, 256)),
    "coordinates": ({"landmarks": (1, 68, 2)}, (112, 112)),
    "coordinates_fraction": ({"landmarks": (1, 468, 3), "flag": (1, 1)}, (192, 192)),
    "coordinates_scored": ({"keypoints": (1, 17, 3)}, (256, 256)),
    "blazepose": ({"landmarks": (1, 31, 4), "flag": (1, 1)}, (256, 256)),
    "mtcnn": ({"boxes": (1, 4), "landmarks": (1, 10), "scores": (1, 2)}, (48, 48)),
    "lifter": ({"joints": (1, 1, 17, 3)}, (1, 1)),
    "deeppose": ({"keypoints": (1, 32)}, (220, 220)),
    "integral_3d": ({"output_0": (1, 1152, 64, 64)}, (256, 256)),
    "dual_head_224": (
        {
            "heatmap2d": (1, 24, 14, 14), "offset2d": (1, 48, 14, 14),
            "heatmap3d": (1, 336, 14, 14), "offset3d": (1, 1008, 14, 14),
        },
        (224, 224),
    ),
    "dual_head_448": ({"heatmap3d": (1, 672, 28, 28), "offset3d": (1, 2016, 28, 28)}, (448, 448)),
}  # fmt: skip
SHAPES["posenet_same"] = SHAPES["posenet_probability"] = SHAPES["posenet"]


def shapes_of(outputs):
    return {name: values.shape for name, values in outputs.items()}


def example(preset):
    """Shapes, input size and specs of a network of a preset."""
    if preset in ONE:
        outputs, size = ONE[preset]
        shapes = shapes_of(outputs)
    elif preset.removesuffix("_probability") in MANY:
        _, outputs, side = MANY[preset.removesuffix("_probability")]
        shapes, size = shapes_of(outputs), (side, side)
    else:
        shapes, size = SHAPES[preset]
    return shapes, size, specs(preset, input_size=size, shapes=shapes)


def spec_of(preset, outputs, size):
    (spec,) = specs(preset, input_size=size, shapes=shapes_of(outputs))
    if preset == "openpose":  # the published radius is 6 cells of the map it reads
        spec = replace(spec, people=replace(spec.people, radius=48.0))
    return spec


def pair_of_one(preset):
    """Ours and theirs of one person: dicts of arrays by field."""
    outputs, size = ONE[preset]
    pose = decode(outputs, spec_of(preset, outputs, size))
    recorded = {name: np.asarray(value) for name, value in RECORD["decoded"][preset].items()}
    return {name: getattr(pose, name) for name in recorded}, recorded


def pair_of_many(name):
    """Ours and theirs of several people, best first on both sides."""
    preset, outputs, side = MANY[name]
    people = decode_people(outputs, spec_of(preset, outputs, (side, side)))
    recorded = {field: np.asarray(value) for field, value in RECORD["decoded"][name].items()}
    count = len(recorded["position"])
    order = np.argsort(-recorded.get("person", np.zeros(count)), kind="stable")
    theirs = {field: values[order] for field, values in recorded.items()}
    if name == "openpose":  # joints that nobody found
        theirs["position"] = np.where(theirs["position"] < 0, np.nan, theirs["position"])
    mine = np.argsort(-people.person, kind="stable")
    return {field: getattr(people, field)[mine] for field in recorded}, theirs


def differences():
    """Largest difference of positions of each preset that was recorded, up to a power of ten."""
    pairs = {preset: pair_of_one(preset) for preset in ONE}
    pairs |= {name: pair_of_many(name) for name in MANY if name in {p for p, _, _ in MANY.values()}}
    largest = {
        name: float(np.nanmax(np.abs(ours["position"] - theirs["position"])))
        for name, (ours, theirs) in pairs.items()
    }
    # What json keeps is rounded to 5e-8.
    return {name: 10.0 ** math.ceil(math.log10(max(far, 1e-7))) for name, far in largest.items()}
