"""What the fields of a decode spec may be, each alone and next to the others."""

from __future__ import annotations

import math
from typing import Any

from poseconvert.decoding.skeleton import skeleton_named
from poseconvert.errors import DecodeError

DecodeSpec = Any  # its file imports this one

_CHOICES: dict[str, tuple[object, ...]] = {
    "offset_unit": ("pixel", "cell", "image"),
    "activation": ("linear", "logit", "probability"),
    "refinement": (
        "offset",
        "none",
        "quarter_cell",
        "expectation",
        "regression",
        "dark",
        "simcc",
        "coordinates",
        "people",
    ),
    "frame": ("corner", "centred_y_up"),
}
_NAMES_NEEDED = {  # refinement: (heatmap is named, offset is named)
    "offset": (True, True),
    "none": (True, False),
    "quarter_cell": (True, False),
    "expectation": (True, False),
    "regression": (False, True),
    "dark": (True, False),
    "simcc": (True, True),
    "coordinates": (False, True),
    "people": (False, True),
}
_MAPS = {"offset", "none", "quarter_cell", "dark", "expectation"}  # read a map per joint
# The largest blur: no kernel of a pose network is wider, and its cost grows with it.
_WIDEST = 63


def check(spec: DecodeSpec) -> None:
    """Refuse a spec with a field that is impossible, alone or next to the others."""
    _check_choices(spec)
    _check_layout(spec)
    _check_tensors(spec)
    _check_numbers(spec)
    _check_people(spec)


def _check_choices(spec: DecodeSpec) -> None:
    for name, choices in _CHOICES.items():
        value = getattr(spec, name)
        if value not in choices:
            listed = ", ".join(str(choice) for choice in choices)
            raise _refused(name, value, f"is not a choice. Use one of {listed}.")


def _check_layout(spec: DecodeSpec) -> None:
    if not _integers((spec.joints,)):
        raise _refused("joints", spec.joints, "is not a count. Use a whole number from 1.")
    if not _integers(spec.grid) or len(spec.grid) not in {2, 3}:
        raise _refused("grid", spec.grid, "is not a grid. Use (H, W) or (D, H, W) in cells.")
    if not _integers(spec.size) or len(spec.size) != 2:
        raise _refused("size", spec.size, "is not a size. Use (H, W) in pixels.")
    if not _numbers(spec.stride) or len(spec.stride) != spec.dims or min(spec.stride) <= 0:
        cure = f"does not fit grid {spec.grid}. Use one positive number of pixels per grid axis."
        raise _refused("stride", spec.stride, cure)
    if not _numbers((spec.threshold,)) or not 0 <= spec.threshold < 1:
        raise _refused("threshold", spec.threshold, "is not a threshold. Use 0 <= threshold < 1.")
    if not _numbers((spec.centre,)) or not 0 <= spec.centre < 1:
        raise _refused("centre", spec.centre, "is not in its cell. Use 0 <= centre < 1.")
    if not _numbers((spec.z_zero,)) or (spec.z_zero and spec.dims == 2):
        raise _refused("z_zero", spec.z_zero, f"with grid {spec.grid}. Use a bin of D, 0 in 2D.")
    axes = "xyz"[: spec.dims]
    if not isinstance(spec.offset_order, str) or sorted(spec.offset_order) != list(axes):
        cure = f'does not order the axes of grid {spec.grid}. Use each of "{axes}" once.'
        raise _refused("offset_order", spec.offset_order, cure)


def _check_tensors(spec: DecodeSpec) -> None:
    if not isinstance(spec.skeleton, str):
        raise _refused("skeleton", spec.skeleton, "is not a name. Use a string.")
    if (count := len(skeleton_named(spec.skeleton).joints)) != spec.joints:
        cure = f'does not fit "joints" {spec.joints}: it has {count}. Use numbered_{spec.joints}.'
        raise _refused("skeleton", spec.skeleton, cure)
    for name, needed in zip(("heatmap", "offset"), _NAMES_NEEDED[spec.refinement], strict=True):
        value = getattr(spec, name)
        if not (isinstance(value, str) and value if needed else value is None):
            cure = "Use the output's name." if needed else "Use null."
            raise _refused(name, value, f'with refinement "{spec.refinement}". {cure}')
    if spec.refinement in {"quarter_cell", "dark", "simcc"} and spec.dims == 3:
        raise _refused("refinement", spec.refinement, "is 2D only. Use expectation or offset.")
    if spec.refinement == "expectation" and spec.activation != "logit":
        cure = "with refinement expectation, which takes a softmax. Use logit."
        raise _refused("activation", spec.activation, cure)
    if spec.refinement in {"regression", "coordinates", "people"} and spec.cells != 1:
        raise _refused("grid", spec.grid, f"with refinement {spec.refinement}. Use one cell.")


def _check_numbers(spec: DecodeSpec) -> None:
    if type(spec.background) is not int or not 0 <= spec.background < 1 << 16:
        raise _refused("background", spec.background, "is not a count. Use a whole number from 0.")
    if spec.background and (spec.refinement not in _MAPS or spec.dims == 3):
        raise _refused("background", spec.background, "is for heatmaps in 2D. Use 0.")
    dark = spec.refinement == "dark"
    odd = type(spec.blur) is int and spec.blur % 2 == 1 and 9 <= spec.blur <= _WIDEST
    if dark != bool(spec.blur) or (dark and not odd):
        cure = f"Use an odd number from 9 to {_WIDEST}." if dark else "Use 0."
        raise _refused("blur", spec.blur, f'with refinement "{spec.refinement}". {cure}')
    if spec.interleaved not in (None, True, False) or (spec.interleaved and spec.dims == 3):
        raise _refused("interleaved", spec.interleaved, "is not true, false or null, in 2D.")
    if not _numbers((spec.offset_scale,)) or spec.offset_scale <= 0:
        raise _refused("offset_scale", spec.offset_scale, "is not a positive number.")
    packed = spec.refinement in {"coordinates", "people"}
    axes = "xyz"[: spec.dims]
    fits = isinstance(spec.numbers, str) and sorted(set(spec.numbers) - set("s_")) == list(axes)
    once = fits and all(spec.numbers.count(letter) <= 1 for letter in "xyzs")
    if (packed and not once) or (not packed and spec.numbers != ""):
        cure = f"Use {axes} once each, s and _." if packed else 'Use "".'
        raise _refused("numbers", spec.numbers, f'with refinement "{spec.refinement}". {cure}')


# The refinement each way of putting people together reads its joints by.
_READ_BY = {
    "rows": "people",
    "movenet": "offset",
    "centernet": "offset",
    "posenet": "offset",
    "openpose": "none",
}


def _check_people(spec: DecodeSpec) -> None:
    people = spec.people
    if people is None:
        if spec.refinement == "people":
            raise _refused("people", None, 'with refinement "people". Say how they are read.')
        return
    if not hasattr(people, "method"):
        raise _refused("people", people, "is not an object. Write its keys.")
    wanted = _READ_BY[people.method]
    if spec.refinement != wanted or spec.dims == 3 or spec.frame != "corner":
        cure = f'with people by {people.method}. Use "{wanted}", in 2D, frame corner.'
        raise _refused("refinement", spec.refinement, cure)
    for first, second, *_ in people.limbs:
        if max(first, second) >= spec.joints or first == second:
            raise _refused(
                "limbs",
                f"{first} to {second}",
                f"connects no two of {spec.joints} joints. Use two different joints from 0.",
            )


def _refused(field: str, value: object, cure: str) -> DecodeError:
    shown = f'"{value}"' if isinstance(value, str) else value
    return DecodeError(f'decode spec, "{field}": {shown} {cure}')


def _integers(values: object) -> bool:
    """Whether all are whole numbers from 1."""
    return isinstance(values, tuple) and all(type(v) is int and v > 0 for v in values)


def _numbers(values: object) -> bool:
    """Whether all are finite numbers."""
    return isinstance(values, tuple) and all(
        type(v) in {int, float} and math.isfinite(v) for v in values
    )
