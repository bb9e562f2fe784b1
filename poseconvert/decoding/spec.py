"""One head's decode spec: everything in which pose systems differ, as data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Annotated, Any, Literal

from msgspec import Meta

from poseconvert.decoding.people_spec import PeopleSpec
from poseconvert.decoding.spec_checks import check
from poseconvert.errors import DecodeError
from poseconvert.fields import Count, Pixels, Positive, Size

Grid = Annotated[tuple[Pixels, ...], Meta(min_length=2, max_length=3)]
OffsetUnit = Literal["pixel", "cell", "image"]
Activation = Literal["linear", "logit", "probability"]
Refinement = Literal[
    "offset",
    "none",
    "quarter_cell",
    "dark",
    "expectation",
    "regression",
    "simcc",
    "coordinates",
    "people",
]
Frame = Literal["corner", "centred_y_up"]


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
        ``expectation`` of the softmax; ``regression``: one cell, and no heatmap; ``dark``: to the
        top of a parabola through the blurred map's logarithm; ``simcc``: `heatmap` names the
        vectors along x, `offset` those along y; ``coordinates``: `numbers` of each joint;
        ``people``: `people` says it all.
    frame
        ``corner``: pixels from the top left corner, y down. ``centred_y_up``: pixels from the
        middle of the picture, y up.
    background
        Heatmap channels after the joints' that hold no joint.
    blur
        Side of the Gaussian kernel of ``dark``: 11 for maps of sigma 2, 17 for sigma 3.
    numbers
        What the numbers of a joint are, for ``coordinates`` and rows of people: x, y, z, ``s``
        its score, ``_`` passed over.
    interleaved
        Whether a joint's numbers lie side by side, in channels of an offset or in coordinates.
        None: in coordinates they do, in channels all x come before all y.
    offset_scale
        What offsets and coordinates are multiplied by before their unit, such as a fixed
        standard deviation.
    people
        How several people are put together; None where there is one.

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
    background: Count = 0
    blur: Count = 0
    numbers: str = ""
    interleaved: bool | None = None
    offset_scale: float = 1.0
    people: PeopleSpec | None = None

    def __post_init__(self) -> None:
        check(self)

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
        return {key: _plain(value) for key, value in asdict(self).items()}

    @property
    def reads(self) -> tuple[str, ...]:
        """Names of all outputs that are read."""
        others = self.people.outputs if self.people else ()
        return tuple(name for name in (self.heatmap, self.offset, *others) if name)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> DecodeSpec:
        """Read what :meth:`to_dict` wrote; keys with a default may be left out.

        Raises
        ------
        DecodeError
            A key is missing or unknown, or a value is impossible.
        """
        known = {field.name for field in fields(cls)}
        needed = {field.name for field in fields(cls) if field.default is MISSING}
        if missing := sorted(needed - set(record)):
            raise DecodeError(
                f"decode spec: no {_quoted(missing)}. Write them, or a preset that knows them."
            )
        if unknown := sorted(set(record) - known):
            raise DecodeError(
                f"decode spec: {_quoted(unknown)} unknown. Use {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {}
        for key, value in record.items():
            values[key] = tuple(value) if isinstance(value, list) else value
        if isinstance(values.get("people"), Mapping):
            values["people"] = PeopleSpec.from_dict(values["people"])
        return cls(**values)


def _plain(value: Any) -> Any:
    """Return lists for tuples, at any depth."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
