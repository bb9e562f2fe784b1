"""One head's decode spec: everything in which pose systems differ, as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, Literal

from msgspec import Meta

from poseconvert.decoding.skeleton import skeleton_named
from poseconvert.errors import DecodeError
from poseconvert.fields import Pixels, Positive, Size

Grid = Annotated[tuple[Pixels, ...], Meta(min_length=2, max_length=3)]
OffsetUnit = Literal["pixel", "cell", "image"]
Activation = Literal["linear", "logit", "probability"]
Refinement = Literal["offset", "none", "quarter_cell", "expectation", "regression"]
Frame = Literal["corner", "centred_y_up"]

_CHOICES: dict[str, tuple[object, ...]] = {
    "offset_unit": ("pixel", "cell", "image"),
    "activation": ("linear", "logit", "probability"),
    "refinement": ("offset", "none", "quarter_cell", "expectation", "regression"),
    "frame": ("corner", "centred_y_up"),
}
_NAMES_NEEDED = {  # refinement: (heatmap is named, offset is named)
    "offset": (True, True),
    "none": (True, False),
    "quarter_cell": (True, False),
    "expectation": (True, False),
    "regression": (False, True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeSpec:
    """How the tensors of one head, 2D or 3D, become keypoints.

    Position along an axis is ``origin + sign * ((index + centre - zero) * stride + offset *
    unit)``, where ``zero`` is ``z_zero`` for z and 0 otherwise, ``unit`` is 1, the stride, or
    the picture's side for `offset_unit` pixel, cell, image, and the frame sets origin and sign.

    Parameters
    ----------
    skeleton
        Name understood by :func:`skeleton_named`, with as many joints as `joints`.
    joints
        Number of joints J.
    grid
        Cells ``(H, W)`` or ``(D, H, W)``. Heatmap channels are ``j`` or ``j * D + z``.
    stride
        Pixels per cell along each axis of `grid`, in the same order.
    size
        Network input ``(H, W)`` in pixels.
    heatmap
        Output name; None for regression.
    offset
        Output name, ``None`` where the refinement uses none; the coordinates for regression.
    offset_order
        Axis of each block of offset channels: ``xy``, ``yx``, ``xyz``, ... Channel
        ``(block * J + j) * D + z``. For regression: axis of each number of a joint.
    offset_unit
        ``pixel``, ``cell``, or ``image`` (fraction of the width for x and z, height for y).
    centre
        Where in its cell a zero offset points: 0 (low corner), 0.5 (middle), or between.
    z_zero
        Bin at which z is 0; 0 for a 2D head.
    activation
        ``linear`` and ``probability`` maps hold scores; ``logit`` maps take a sigmoid, or for
        ``expectation`` one softmax over the grid.
    threshold
        Scores strictly above are present, ``0 <= threshold < 1``. Default 0, so that every
        occluded joint is kept.
    refinement
        ``offset``; ``none``; ``quarter_cell`` toward the larger neighbour (2D only);
        ``expectation`` of the softmax; ``regression``: one cell, and no heatmap.
    frame
        ``corner``: pixels from the top left corner, y down. ``centred_y_up``: pixels from the
        middle of the picture, y up.

    Raises
    ------
    DecodeError
        A field is impossible, alone or next to the others.
    """

    skeleton: str
    joints: Positive
    grid: Grid
    stride: tuple[float, ...]
    size: tuple[Pixels, Pixels]
    heatmap: str | None
    offset: str | None = None
    offset_order: str = "xy"
    offset_unit: OffsetUnit = "pixel"
    centre: float = 0.0
    z_zero: float = 0.0
    activation: Activation = "linear"
    threshold: Size = 0.0
    refinement: Refinement = "offset"
    frame: Frame = "corner"

    def __post_init__(self) -> None:
        _check_choices(self)
        _check_layout(self)
        _check_tensors(self)

    def __hash__(self) -> int:
        # Few fields suffice, and every decode looks its tables up by spec.
        return hash((self.heatmap, self.offset, self.joints, self.grid))

    @property
    def dims(self) -> int:
        """2 or 3: coordinates of a position, x first."""
        return len(self.grid)

    @property
    def cells(self) -> int:
        """Cells in one joint's heatmap."""
        return math.prod(self.grid)

    def to_dict(self) -> dict[str, Any]:
        """Return the spec as a JSON object: every field, tuples as lists."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> DecodeSpec:
        """Read what :meth:`to_dict` wrote.

        Raises
        ------
        DecodeError
            A key is missing or unknown, or a value is impossible.
        """
        known = {field.name for field in fields(cls)}
        if missing := sorted(known - set(record)):
            raise DecodeError(f"decode spec: no {_quoted(missing)}. Write every key of the spec.")
        if unknown := sorted(set(record) - known):
            raise DecodeError(
                f"decode spec: {_quoted(unknown)} unknown. Use {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {}
        for key, value in record.items():
            values[key] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


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
    if spec.refinement == "quarter_cell" and spec.dims == 3:
        raise _refused("refinement", spec.refinement, "is 2D only. Use expectation or offset.")
    if spec.refinement == "expectation" and spec.activation != "logit":
        cure = "with refinement expectation, which takes a softmax. Use logit."
        raise _refused("activation", spec.activation, cure)
    if spec.refinement == "regression" and spec.cells != 1:
        raise _refused("grid", spec.grid, "with refinement regression. Use one cell: the box.")


def _refused(field: str, value: object, cure: str) -> DecodeError:
    shown = f'"{value}"' if isinstance(value, str) else value
    return DecodeError(f'decode spec, "{field}": {shown} {cure}')


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _integers(values: object) -> bool:
    """Whether all are whole numbers from 1."""
    return isinstance(values, tuple) and all(type(v) is int and v > 0 for v in values)


def _numbers(values: object) -> bool:
    """Whether all are finite numbers."""
    return isinstance(values, tuple) and all(
        type(v) in {int, float} and math.isfinite(v) for v in values
    )
