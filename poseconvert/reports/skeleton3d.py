"""Reference and candidate skeleton of a 3D head, seen from the front, the side and askew."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding.frame import from_corner
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.drawing import Drawing, drawing
from poseconvert.reports.furthest_joints import Move
from poseconvert.reports.panels import Marks, moved_joints

LIMIT = 4
# Turned about the body's vertical, then tipped towards the viewer, in degrees.
_VIEWPOINTS = {"from the front": (0, 0), "from the side": (90, 0), "askew from above": (35, 25)}
_AROUND = 1.25  # the window is this much larger than what is in it
_LEAST = 4.0  # cells of the smallest window


@dataclass(frozen=True, slots=True)
class Solid:
    """One input's skeleton from every viewpoint, by the artifact in which it moved furthest."""

    name: str
    candidate: Evaluation
    views: tuple[tuple[str, Drawing], ...]


def solids(measurement: Measurement, moved: tuple[Move, ...]) -> tuple[Solid, ...]:
    """Return the inputs whose 3D joints moved furthest; empty without a 3D head.

    Parameters
    ----------
    moved : what :func:`moves` returned.
    """
    by_input: dict[str, Move] = {}
    for move in moved:
        if move.head == "3d":
            by_input.setdefault(move.input_name, move)
    return tuple(_solid(move) for move in list(by_input.values())[:LIMIT])


def _solid(move: Move) -> Solid:
    spec, n = move.spec, move.n
    first, last = move.first, move.last
    start, end = (from_corner(pose.position, spec)[n] for pose in (first, last))
    middle, side = _room(start, end, least=_LEAST * max(spec.stride))
    moved = moved_joints(move.candidate, first, last)[n]
    window = (-side / 2, -side / 2, side, side)
    views = []
    for name, (turned, tipped) in _VIEWPOINTS.items():
        camera = _camera(turned, tipped)
        marks = Marks(
            _seen(end - middle, camera), last.visible[n], moved, _seen(start - middle, camera)
        )
        views.append((name, drawing(marks, move.skeleton, window=window)))
    return Solid(move.input_name, move.candidate, tuple(views))


def _room(start: NDArray[Any], end: NDArray[Any], *, least: float) -> tuple[NDArray[Any], float]:
    """Return the middle and the side of a cube around both skeletons.

    A joint thrown far away does not make the others small: the cube is at most three times as
    large as the reference.
    """
    first, last = (each[np.isfinite(each).all(axis=1)] for each in (start, end))
    trusted = first if len(first) else last
    if not len(trusted):
        return np.zeros(3), least
    low, high = trusted.min(axis=0), trusted.max(axis=0)
    span = max(float((high - low).max()), least)
    both = np.concatenate([trusted, np.clip(last, low - span, high + span)])
    low, high = both.min(axis=0), both.max(axis=0)
    return (low + high) / 2, _AROUND * max(float((high - low).max()), least)


def _seen(positions: NDArray[Any], camera: NDArray[Any]) -> NDArray[Any]:
    """Project (J, 3) to (J, 2) without perspective, so that pixels stay pixels."""
    with np.errstate(over="ignore", invalid="ignore"):
        seen: NDArray[Any] = (positions @ camera.T)[:, :2]
    return seen


def _camera(turned: float, tipped: float) -> NDArray[Any]:
    """Return the rotation of x right, y down, z away from the viewer."""
    a, b = math.radians(turned), math.radians(tipped)
    about_y = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    rotation: NDArray[Any] = about_x @ about_y
    return rotation
