"""How several people are put together, as data: the part of a decode spec for more than one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from poseconvert.errors import DecodeError
from poseconvert.fields import Positive, Size

Method = Literal["rows", "movenet", "centernet", "posenet", "openpose"]
Suppression = Literal["none", "box", "oks", "blend"]
Table = tuple[tuple[int, ...], ...]

_METHODS: dict[str, tuple[int, ...]] = {  # how many outputs of its own each reads
    "rows": (0, 1),
    "movenet": (2,),
    "centernet": (4,),
    "posenet": (2,),
    "openpose": (1,),
}
_SUPPRESSIONS = ("none", "box", "oks", "blend")
_WORDS = ("cx", "cy", "w", "h", "x1", "y1", "x2", "y2", "score", "keypoints", "skip")
_MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSpec:
    """How the tensors of one picture become any number of people.

    Parameters
    ----------
    method
        ``rows``: a person per row of one tensor (YOLO, MoveNet's multi-person, BlazePose's
        detector). ``movenet``: one person, by a map of centres. ``centernet``: a person per
        centre. ``posenet``: from each peak along displacements. ``openpose``: peaks joined by
        part affinity fields.
    outputs
        Outputs read beside the spec's heatmap and offset, in this order. rows: none, or the
        scores. movenet: centres, regression. centernet: centres, box sizes, regression, centre
        offsets. posenet: displacements forward, backward. openpose: part affinity fields.
    row
        What the numbers of a row are: ``cx cy w h`` or ``x1 y1 x2 y2`` of the box, ``score`` (of
        several classes: one each, the best counts), ``keypoints``, ``skip``.
    anchors
        Of rows whose numbers count from an anchor: (stride, anchors per cell) of each grid.
    limbs
        posenet: (parent, child) joints of each displacement. openpose: (joint, joint, x channel,
        y channel) of each field.
    score
        People strictly above are found.
    joint_score
        Peaks strictly above may be joints (posenet: at least that).
    suppression, overlap
        Of two people who overlap by more, the better one stays: by ``box`` (IoU) or ``oks``;
        ``blend`` gives their mean, weighted by score.
    radius
        Pixels within which two peaks are one.
    limit
        Most people of one picture, best first.

    Raises
    ------
    DecodeError
        A field is impossible.
    """

    method: Method
    outputs: tuple[str, ...] = ()
    row: tuple[str, ...] = ()
    anchors: Table = ()
    limbs: Table = ()
    score: Size = 0.25
    joint_score: Size = 0.1
    suppression: Suppression = "box"
    overlap: Size = 0.45
    radius: Size = 20.0
    limit: Positive = 300

    def __post_init__(self) -> None:
        _check_choices(self)
        _check_numbers(self)
        _check_tables(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> PeopleSpec:
        """Read a JSON object; keys left out have their defaults.

        Raises
        ------
        DecodeError
            A key is unknown, or a value is impossible.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(map(str, set(record) - known)):
            raise _refused(", ".join(unknown), f"unknown. Use {', '.join(sorted(known))}.")
        return cls(**{"method": "rows", **{key: _frozen(value) for key, value in record.items()}})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _check_choices(people: PeopleSpec) -> None:
    if people.method not in _METHODS:
        raise _refused("method", f"{people.method!r}: use one of {', '.join(_METHODS)}.")
    if people.suppression not in _SUPPRESSIONS:
        listed = ", ".join(_SUPPRESSIONS)
        raise _refused("suppression", f"{people.suppression!r}: use one of {listed}.")
    named = all(isinstance(name, str) and name for name in people.outputs)
    if not isinstance(people.outputs, tuple) or not named:
        raise _refused("outputs", f"{people.outputs}: not names of outputs. Write a list of them.")
    if len(people.outputs) not in _METHODS[people.method]:
        wanted = " or ".join(map(str, _METHODS[people.method]))
        raise _refused("outputs", f"{len(people.outputs)} for {people.method}: name {wanted}.")


def _check_numbers(people: PeopleSpec) -> None:
    for name in ("score", "joint_score", "overlap", "radius"):
        value, end = getattr(people, name), 1 << 16 if name == "radius" else 1
        if type(value) not in {int, float} or not 0 <= value <= end:
            raise _refused(name, f"{value!r}: use a number from 0 to {end}.")
    if type(people.limit) is not int or not 1 <= people.limit <= _MOST:
        raise _refused("limit", f"{people.limit!r}: use a whole number from 1 to {_MOST}.")


def _check_tables(people: PeopleSpec) -> None:
    if not isinstance(people.row, tuple) or not all(word in _WORDS for word in people.row):
        raise _refused("row", f"{people.row}: use words of {' '.join(_WORDS)}.")
    if people.method == "rows":
        scored = "score" in people.row or people.outputs
        if people.row.count("keypoints") != 1 or not scored:
            raise _refused("row", f"{people.row}: needs keypoints once, and a score.")
        corner, middle = ("x1", "y1", "x2", "y2"), ("cx", "cy", "w", "h")
        boxed = [word for word in people.row if word in corner + middle]
        if sorted(boxed) not in ([], sorted(corner), sorted(middle)):
            raise _refused("row", f"{people.row}: write all of cx cy w h, or of x1 y1 x2 y2.")
    for name, length in (("anchors", 2), ("limbs", 4 if people.method == "openpose" else 2)):
        table = getattr(people, name)
        if not isinstance(table, tuple) or not all(
            isinstance(entry, tuple)
            and len(entry) == length
            and all(type(number) is int and 0 <= number < 1 << 16 for number in entry)
            for entry in table
        ):
            raise _refused(name, f"{table}: write a list of {length} whole numbers each.")
    if any(min(entry) < 1 for entry in people.anchors):
        raise _refused("anchors", f"{people.anchors}: stride and anchors per cell begin at 1.")
    if people.method in {"posenet", "openpose"} and not people.limbs:
        raise _refused("limbs", f"none: {people.method} joins joints along them. Write some.")


def _refused(field: str, problem: str) -> DecodeError:
    return DecodeError(f'decode spec, "people", "{field}": {problem}')
