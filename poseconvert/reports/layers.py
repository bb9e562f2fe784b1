"""Skeletons, and a closer look at one joint, as pixels that are laid over a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from poseconvert.decoding import Skeleton
from poseconvert.reports.panels import Marks, bone_side, side_of
from poseconvert.reports.zoom import Zoom

RED = (214, 0, 28)
SIDES = {  # blue, orange and green of Okabe and Ito's palette, told apart in every colour vision
    "left": (0, 114, 178),
    "right": (230, 159, 0),
    "middle": (0, 158, 115),
}
_WHITE, _BLACK, _OUTSIDE = (255, 255, 255), (17, 17, 17), (128, 128, 128)
_SMOOTH = 3  # layers are drawn this much larger and averaged, for Pillow draws no smooth lines
_FAINT = 150
_DASHES = 16

Point = NDArray[Any]
Colour = tuple[int, int, int]


def skeleton_layer(
    marks: Marks, skeleton: Skeleton, size: tuple[int, int], *, scale: float
) -> Image.Image:
    """Draw bones, then joints, then rings on a transparent layer of ``size`` pixels."""
    large = size[0] * _SMOOTH, size[1] * _SMOOTH
    layer = Image.new("RGBA", large)
    pen = ImageDraw.Draw(layer)
    unit = _SMOOTH * min(2.0, max(1.0, min(size) / 200))  # line widths follow the panel's size
    far = 2.0 * max(large)  # a broken offset may point anywhere; Pillow's numbers are small
    at, origin = (
        np.clip(places * scale * _SMOOTH, -far, far) for places in (marks.position, marks.origin)
    )
    present = np.isfinite(at.sum(axis=1))
    sides = [side_of(name) for name in skeleton.joints]
    faint_first = sorted(skeleton.bones, key=lambda bone: bool(marks.visible[list(bone)].all()))
    for a, b in faint_first:
        if present[a] and present[b]:
            colour = SIDES[bone_side(sides[a], sides[b])]
            _bone(pen, at[a], at[b], colour, unit, solid=bool(marks.visible[[a, b]].all()))
    for j in np.argsort(marks.visible, kind="stable"):
        if present[j]:
            _joint(pen, at[j], SIDES[sides[j]], unit, solid=bool(marks.visible[j]))
    for j in np.flatnonzero(marks.moved):
        _ring(pen, at[j] if present[j] else origin[j], origin[j], unit)
    return layer.resize(size, Image.Resampling.BOX)


def _bone(
    pen: ImageDraw.ImageDraw, a: Point, b: Point, colour: Colour, unit: float, *, solid: bool
) -> None:
    alpha = 255 if solid else _FAINT
    for ink, width in ((_WHITE, 3.4), (colour, 1.8)):
        pen.line([*a, *b], (*ink, alpha), round(width * unit))


def _joint(
    pen: ImageDraw.ImageDraw, at: Point, colour: Colour, unit: float, *, solid: bool
) -> None:
    if solid:
        _disc(pen, at, 3.4 * unit, fill=(*_WHITE, 255))
        _disc(pen, at, 2.6 * unit, fill=(*colour, 255))
        return
    _disc(pen, at, 3.4 * unit, fill=(*_WHITE, _FAINT))
    _disc(pen, at, 2.8 * unit, fill=(*colour, _FAINT))
    _disc(pen, at, 1.6 * unit, fill=(0, 0, 0, 0))


def _ring(pen: ImageDraw.ImageDraw, at: Point, origin: Point, unit: float) -> None:
    """Ring a joint that moved, with a line from where it was; one that is lost only there."""
    if np.isfinite(origin).all() and not np.array_equal(at, origin):
        for ink, width in ((_WHITE, 3.5), (RED, 1.5)):
            pen.line([*origin, *at], (*ink, 255), round(width * unit))
    for ink, width, radius in ((_WHITE, 3.2, 8.0), (RED, 1.8, 7.3)):
        _circle(pen, at, radius * unit, ink, round(width * unit))


def _disc(
    pen: ImageDraw.ImageDraw, at: Point, radius: float, *, fill: tuple[int, int, int, int]
) -> None:
    pen.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=fill)


def zoom_picture(zoom: Zoom, side: int) -> Image.Image:
    """Draw a window, ``side`` pixels wide: an arrow's ring and dot, and how far is allowed."""
    scale = side / zoom.side
    image = Image.new("RGB", (side, side), _OUTSIDE)
    if zoom.pixels.size:
        left, top, width, height = zoom.box
        shape = max(1, round(width * scale)), max(1, round(height * scale))
        shown = Image.fromarray(zoom.pixels).resize(shape, Image.Resampling.NEAREST)
        image.paste(shown, (round((left - zoom.left) * scale), round((top - zoom.top) * scale)))
    layer = Image.new("RGBA", (side * _SMOOTH, side * _SMOOTH))
    pen = ImageDraw.Draw(layer)
    unit = _SMOOTH * side / 100
    corner = np.array([zoom.left, zoom.top])
    start, end = (
        None if place is None else (np.array(place) - corner) * scale * _SMOOTH
        for place in (zoom.start, zoom.end)
    )
    if start is not None:
        _allowed(pen, start, zoom.allowed * scale * _SMOOTH, unit)
        for ink, width in ((_WHITE, 2.4), (_BLACK, 1.0)):
            _circle(pen, start, 2.6 * unit, ink, round(width * unit))
    if start is not None and end is not None:
        for ink, width in ((_WHITE, 3.0), (RED, 1.6)):
            pen.line([*start, *end], (*ink, 255), round(width * unit))
    if end is not None:
        _disc(pen, end, 3.2 * unit, fill=(*_WHITE, 255))
        _disc(pen, end, 2.4 * unit, fill=(*RED, 255))
    smooth = layer.resize((side, side), Image.Resampling.BOX)
    image.paste(smooth, (0, 0), smooth)
    return image


def _allowed(pen: ImageDraw.ImageDraw, at: Point, radius: float, unit: float) -> None:
    """Draw a dashed circle around where the reference has the joint."""
    step = 360 / _DASHES
    for ink, width in ((_WHITE, 2.2), (_BLACK, 1.0)):
        edge = radius + width * unit / 2  # Pillow draws inwards from the box
        box = (at[0] - edge, at[1] - edge, at[0] + edge, at[1] + edge)
        for dash in range(_DASHES):
            ends = dash * step, (dash + 0.6) * step
            pen.arc(box, *ends, fill=(*ink, 255), width=max(1, round(width * unit)))


def _circle(pen: ImageDraw.ImageDraw, at: Point, radius: float, ink: Colour, width: int) -> None:
    box = (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius)
    pen.ellipse(box, outline=(*ink, 255), width=max(1, width))
