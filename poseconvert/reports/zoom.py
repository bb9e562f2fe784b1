"""The joint that moved furthest on a picture, so near that the movement is seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.reports.furthest_joints import Move
from poseconvert.reports.summary import pixels
from poseconvert.reports.thumbnails import jpeg, png

_REACH = 4.0  # the window is this many times as wide as the movement
_ALLOWED = 12.0  # and at least this many times as wide as what is allowed
_LEAST = 6.0  # pixels across where everything is
_SHARP = 64  # a crop wider than this is stored as JPEG
_FAR = 2.0  # what lies further outside than this many pictures is drawn there

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Zoom:
    """A square window on a picture, in picture pixels; whole numbers are middles of pixels.

    Attributes
    ----------
    left, top, side : of the window.
    pixels : (h, w, 3) RGB that it touches, of no size where it lies outside the picture;
        ``box`` is their left, top, width and height.
    start, end : the joint in the reference and the candidate; None where it is absent.
    allowed : radius within which the joint may be; 0 where it may be anywhere.
    alt : what is seen, in words.
    """

    left: float
    top: float
    side: float
    pixels: NDArray[np.uint8]
    box: Box
    start: tuple[float, float] | None
    end: tuple[float, float] | None
    allowed: float
    alt: str


def zoom(move: Move, picture: NDArray[np.uint8]) -> Zoom:
    """Look at one joint; ``picture`` is the (H, W, 3) input it was found on."""
    height, width = picture.shape[:2]
    start, end = (_within(place, width, height) for place in (move.start, move.end))
    ends = [place for place in (start, end) if place is not None] or [(width / 2, height / 2)]
    x, y = (sum(values) / len(ends) for values in zip(*ends, strict=True))
    allowed = move.allowed if math.isfinite(move.allowed) else 0.0
    side = max(_REACH * math.dist(ends[0], ends[-1]), _ALLOWED * allowed or _LEAST)
    left, top = x - side / 2, y - side / 2
    touched, box = _crop(picture, left, top, side)
    return Zoom(
        left=round(left, 3),
        top=round(top, 3),
        side=round(side, 3),
        pixels=touched,
        box=box,
        start=start,
        end=end,
        allowed=allowed,
        alt=f"{move.joint} on {move.input_name}, {side:.4g} px across: {movement(move)}",
    )


def movement(move: Move) -> str:
    """Say how far a joint moved, and whether its peak went to another cell."""
    if not math.isfinite(move.distance):
        lost = bool(np.isnan(move.end).any())
        return "lost: only the reference has it" if lost else "found: the reference lacks it"
    word = "flipped to another cell, moved" if move.flipped else "moved"
    return f"{word} {pixels(move.distance)} px"


def _within(place: NDArray[Any], width: int, height: int) -> tuple[float, float] | None:
    if not np.isfinite(place[:2]).all():
        return None
    x = min(max(float(place[0]), -_FAR * width), (1 + _FAR) * width)
    y = min(max(float(place[1]), -_FAR * height), (1 + _FAR) * height)
    return round(x, 3), round(y, 3)


def crop_uri(zoom: Zoom) -> str:
    """Return the pixels of a window as a data URI; empty where it lies outside the picture."""
    if not zoom.pixels.size:
        return ""
    return png(zoom.pixels) if max(zoom.pixels.shape) <= _SHARP else jpeg(zoom.pixels)


def _crop(
    picture: NDArray[np.uint8], left: float, top: float, side: float
) -> tuple[NDArray[np.uint8], Box]:
    """Cut out every pixel that the window touches."""
    height, width = picture.shape[:2]
    first, first_row = (max(0, math.floor(edge + 0.5)) for edge in (left, top))
    last, last_row = (
        max(low, min(most, math.ceil(edge + side + 0.5)))
        for low, most, edge in ((first, width, left), (first_row, height, top))
    )
    touched = np.ascontiguousarray(picture[first_row:last_row, first:last])
    return touched, (first - 0.5, first_row - 0.5, float(last - first), float(last_row - first_row))
