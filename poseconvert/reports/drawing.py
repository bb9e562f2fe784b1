"""A skeleton as the lines, dots and arrows of a vector drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding import Skeleton
from poseconvert.reports.panels import Marks, bone_side, side_of


@dataclass(frozen=True, slots=True)
class Stroke:
    """Bones of one side as the data of one path; ``solid`` where both ends are visible."""

    side: str
    solid: bool
    path: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One joint with what a reader sees who points at it."""

    x: float
    y: float
    side: str
    solid: bool
    label: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """A joint that moved: from where the reference has it to where it is, both finite."""

    start: tuple[float, float]
    end: tuple[float, float]
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A window of ``width`` x ``height`` units whose upper left corner is ``left, top``.

    Attributes
    ----------
    unit : what line widths and radii are measured in.
    ghost : path of the reference's bones; empty where they are the drawn ones.
    """

    left: float
    top: float
    width: float
    height: float
    unit: float
    ghost: str
    strokes: tuple[Stroke, ...]
    dots: tuple[Dot, ...]
    arrows: tuple[Arrow, ...]


def drawing(
    marks: Marks, skeleton: Skeleton, *, window: tuple[float, float, float, float]
) -> Drawing:
    """Draw one panel's joints.

    Parameters
    ----------
    window : left, top, width and height of what is shown, in the unit of the marks.
    """
    left, top, width, height = window
    far = 4 * max(width, height)  # a broken offset may point anywhere
    low, high = (left - far, top - far), (left + width + far, top + height + far)
    at, origin = (np.clip(places, low, high) for places in (marks.position, marks.origin))
    solid = marks.visible
    return Drawing(
        *window,
        unit=max(width, height) / 200,
        ghost=_path(origin, skeleton.bones) if marks.moved.any() else "",
        strokes=_strokes(at, solid, skeleton),
        dots=tuple(
            Dot(*_place(at[j]), side_of(name), bool(solid[j]), name)
            for j, name in enumerate(skeleton.joints)
            if np.isfinite(at[j]).all()
        ),
        arrows=tuple(
            _arrow(origin[j], at[j], skeleton.joints[j])
            for j in np.flatnonzero(marks.moved)
            if np.isfinite(at[j]).all() or np.isfinite(origin[j]).all()
        ),
    )


def _strokes(
    at: NDArray[Any], visible: NDArray[np.bool_], skeleton: Skeleton
) -> tuple[Stroke, ...]:
    """Gather bones by their look, the faint ones first so that they lie below."""
    groups: dict[tuple[bool, str], list[tuple[int, int]]] = {}
    for a, b in skeleton.bones:
        side = bone_side(side_of(skeleton.joints[a]), side_of(skeleton.joints[b]))
        groups.setdefault((bool(visible[a] and visible[b]), side), []).append((a, b))
    paths = ((key, _path(at, groups[key])) for key in sorted(groups))
    return tuple(Stroke(side, solid, path) for (solid, side), path in paths if path)


def _path(at: NDArray[Any], bones: Sequence[tuple[int, int]]) -> str:
    """Return path data of the bones whose ends are both there."""
    return "".join(
        "M{:g} {:g}L{:g} {:g}".format(*_place(at[a]), *_place(at[b]))
        for a, b in bones
        if np.isfinite(at[[a, b]]).all()
    )


def _arrow(origin: NDArray[Any], at: NDArray[Any], label: str) -> Arrow:
    """Draw from here to there; a joint that is on one side only stays where it is."""
    ends = [place for place in (origin, at) if np.isfinite(place).all()]
    return Arrow(_place(ends[0]), _place(ends[-1]), label)


def _place(point: Any) -> tuple[float, float]:
    return round(float(point[0]), 2), round(float(point[1]), 2)
