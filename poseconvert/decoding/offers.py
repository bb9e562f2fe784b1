"""Which presets fit the outputs of a network, as sentences for whoever named none."""

from __future__ import annotations

from collections.abc import Mapping

from poseconvert.decoding.presets import specs
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.errors import DecodeError

Shapes = Mapping[str, tuple[int, ...]]

# Presets whose outputs look like no other's, before those that any tensor of a rank fits.
_PARTICULAR = (
    "openpose",
    "centernet",
    "posenet_multi",
    "dual_head_224",
    "movenet",
    "blazepose_detector",
    "simcc",
    "yolo",
    "yolo_end_to_end",
    "movenet_multipose",
)
_OFFSETS = ("posenet", "deeplabcut")
_PLAIN = ("heatmap", "coordinates", "coordinates_fraction")
# Fewer joints are no pose: three channels are a picture, four numbers a box.
_LEAST = 5
_INSTEAD = {
    "openpose": "people",
    "centernet": "people",
    "yolo": "people",
    "yolo_end_to_end": "people",
    "movenet_multipose": "people",
    "blazepose_detector": "people or faces",
    "posenet_multi": "people",
}


def fitting(shapes: Shapes, input_size: tuple[int, int] | None) -> tuple[str, ...]:
    """Return the presets whose layout the outputs have, most particular first.

    Parameters
    ----------
    shapes
        Of every output, by name, N leading.
    input_size
        (H, W) of the network's picture; None where it takes none.
    """
    if input_size is None:
        return ("lifter",) if _fits("lifter", shapes, (1, 1)) else ()
    for group in (_PARTICULAR, _OFFSETS, _PLAIN):
        if found := tuple(name for name in group if _fits(name, shapes, input_size)):
            return ("yolo",) if "yolo" in found else found  # whose rows look like columns, too
    return ()


def _fits(preset: str, shapes: Shapes, size: tuple[int, int]) -> bool:
    try:
        found = specs(preset, input_size=size, shapes=shapes)
    except DecodeError:
        return False
    least = 1 if preset == "blazepose_detector" else _LEAST
    if preset == "dual_head_224" and len(found) < 2:  # one pair alone is any system of offsets
        return False
    return all(spec.joints >= least and _plain(spec, preset, shapes) for spec in found)


def _plain(spec: DecodeSpec, preset: str, shapes: Shapes) -> bool:
    """Return whether what any tensor of a rank would fit does look like joints."""
    if preset == "heatmap":  # as fine as the picture it is a picture itself
        return min(spec.stride) >= 2
    if preset in _PLAIN:  # a row of numbers may be anything
        return len(shapes[spec.reads[0]]) > 2
    return True


def offer(shapes: Shapes, input_size: tuple[int, int] | None) -> str:
    """Say which presets fit outputs that nobody named a decoder for.

    Such as ``output_0 is 1x17x64x48: 17 heatmaps; joints are compared with --decode heatmap``.
    """
    found = fitting(shapes, input_size)
    if not found:
        listed = ", ".join(_shown(name, shape) for name, shape in shapes.items())
        return (
            f"{listed}: fits no decode preset (poseconvert decoders lists them); joints are"
            " compared with --decode and a JSON file"
        )
    (spec, *_) = specs(found[0], input_size=input_size or (1, 1), shapes=shapes)
    read = ", ".join(_shown(name, shapes[name]) for name in spec.reads)
    if len(found) > 1:
        return (
            f"{read}: {len(found)} presets fit; joints are compared with --decode"
            f" {' or '.join(found)}"
        )
    what = _INSTEAD.get(found[0], "joints")
    return f"{read}: {_called(spec)}; {what} are compared with --decode {found[0]}"


def _shown(name: str, shape: tuple[int, ...]) -> str:
    return f"{name} is {'x'.join(map(str, shape))}"


def _called(spec: DecodeSpec) -> str:
    kind = "" if spec.heatmap is None or spec.refinement == "simcc" else " heatmaps"
    return f"{spec.joints}{kind or ' joints'}"
