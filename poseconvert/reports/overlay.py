"""Skeletons over the pictures, one panel per evaluation, as PNG."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from poseconvert.decoding import Skeleton
from poseconvert.errors import OutputError
from poseconvert.pipeline.measurement import Measurement
from poseconvert.reports.panels import Marks, Panel, PictureRow, bone_side, overlays, side_of
from poseconvert.reports.summary import verdict_line

RED = (214, 0, 28)
SIDES = {  # blue, orange and green of Okabe and Ito's palette, told apart in every colour vision
    "left": (0, 114, 178),
    "right": (230, 159, 0),
    "middle": (0, 158, 115),
}
_WHITE = (255, 255, 255)
_INK, _GREY, _PAPER = (28, 30, 33), (96, 100, 106), (250, 250, 248)
_PICTURES = 24
_AREA = 16_000_000  # pixels of all panels together
_SCALE, _SIDE = 2.0, 540  # panels are this much larger than the input, up to this many pixels
_SMOOTH = 3  # layers are drawn this much larger and averaged, for Pillow draws no smooth lines
_FAINT = 150
_MARGIN, _GAP, _LINE = 28, 14, 22
_TEXT_SIDE = 220  # narrowest column that holds a caption

Point = NDArray[Any]
Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_overlays(measurement: Measurement) -> Image.Image:
    """Draw a contact sheet: one row per picture, one panel per evaluation that ran.

    Raises
    ------
    OutputError : the inputs are no pictures, there are no joints, or nothing ran.
    """
    chosen = overlays(measurement, limit=_PICTURES)
    columns, rows = len(chosen.rows[0].panels), len(chosen.rows)
    height, width = chosen.rows[0].picture.shape[:2]
    area = math.sqrt(_AREA / (columns * rows * height * width))
    scale = min(_SCALE, _SIDE / max(height, width), area)
    panel = max(1, round(width * scale)), max(1, round(height * scale))
    step = max(panel[0], _TEXT_SIDE) + _GAP
    row_height = panel[1] + 4 * _LINE + 2 * _GAP
    sheet_width = max(2 * _MARGIN + columns * step - _GAP, 3 * _TEXT_SIDE)
    heading = list(_wrapped(verdict_line(measurement), sheet_width - 2 * _MARGIN))
    top = _MARGIN + _LINE * (len(heading) + 2) + _GAP
    foot = _MARGIN if chosen.left_out else 0
    sheet = Image.new("RGB", (sheet_width, top + rows * row_height + foot + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for index, text in enumerate(heading):
        pen.text((_MARGIN, _MARGIN + index * _LINE), text, _INK, _font())
    _draw_legend(sheet, (_MARGIN, _MARGIN + len(heading) * _LINE + _LINE // 2))
    for index, row in enumerate(chosen.rows):
        place = _MARGIN, top + index * row_height
        _draw_row(sheet, place, row, skeleton=chosen.skeleton, panel=panel, step=step)
    if chosen.left_out:
        more = f"and {chosen.left_out} more pictures, not drawn"
        pen.text((_MARGIN, sheet.height - _MARGIN), more, _GREY, _font())
    return sheet


def save_overlays(measurement: Measurement, path: Path) -> None:
    """Write :func:`draw_overlays` to ``path`` as PNG.

    Raises
    ------
    OutputError : as there, or ``path`` cannot be written.
    """
    data = _png(draw_overlays(measurement))
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}). Choose another file."
        ) from error


def picture_png(row: PictureRow) -> bytes:
    """Return the picture alone as PNG."""
    return _png(Image.fromarray(row.picture))


def skeleton_png(row: PictureRow, panel: Panel, skeleton: Skeleton) -> bytes:
    """Return one panel's skeleton as PNG, transparent elsewhere, twice the picture's size."""
    height, width = row.picture.shape[:2]
    size = round(width * _SCALE), round(height * _SCALE)
    return _png(_skeleton_layer(panel.marks, skeleton, size, scale=_SCALE))


def _draw_row(
    sheet: Image.Image,
    place: tuple[int, int],
    row: PictureRow,
    *,
    skeleton: Skeleton,
    panel: tuple[int, int],
    step: int,
) -> None:
    """Draw the picture's name, its panels, and three lines under each."""
    pen = ImageDraw.Draw(sheet)
    x, y = place
    pen.text(place, _fitting(row.name, len(row.panels) * step - _GAP), _INK, _font())
    picture = Image.fromarray(row.picture).resize(panel, Image.Resampling.BICUBIC)
    scale = panel[0] / row.picture.shape[1]
    for one in row.panels:
        sheet.paste(picture, (x, y + _LINE))
        layer = _skeleton_layer(one.marks, skeleton, panel, scale=scale)
        sheet.paste(layer, (x, y + _LINE), layer)
        captions = (one.artifact, _GREY), (one.runner, _GREY), (one.numbers, _INK)
        for index, (text, colour) in enumerate(captions):
            line = y + _LINE + panel[1] + 4 + index * _LINE
            pen.text((x, line), _fitting(text, step - _GAP), colour, _font())
        x += step


def _draw_legend(sheet: Image.Image, place: tuple[int, int]) -> None:
    """Draw one joint of each kind with its name, by the functions that draw the panels."""
    kinds = {
        "left": ("left", True, False),
        "right": ("right", True, False),
        "middle": ("middle", True, False),
        "occluded (score below 0.5)": ("left", False, False),
        "flipped or moved more than allowed": ("left", True, True),
    }
    pen = ImageDraw.Draw(sheet)
    x, y = place
    for text, (joint, visible, moved) in kinds.items():
        centre = np.array([[_LINE / 2, _LINE / 2]])
        marks = Marks(centre, np.array([visible]), np.array([moved]), centre)
        layer = _skeleton_layer(marks, Skeleton("legend", (joint,)), (_LINE, _LINE), scale=1.0)
        sheet.paste(layer, (x, y), layer)
        pen.text((x + _LINE + 4, y + 1), text, _GREY, _font())
        x += round(_LINE + 4 + _font().getlength(text)) + 2 * _GAP


def _skeleton_layer(
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
        edge = radius * unit
        box = (at[0] - edge, at[1] - edge, at[0] + edge, at[1] + edge)
        pen.ellipse(box, outline=(*ink, 255), width=round(width * unit))


def _disc(
    pen: ImageDraw.ImageDraw, at: Point, radius: float, *, fill: tuple[int, int, int, int]
) -> None:
    pen.ellipse((at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius), fill=fill)


def _wrapped(text: str, width: float) -> Iterator[str]:
    """Break at spaces into lines that fit."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and _font().getlength(longer) > width:
            yield line
            longer = word
        line = longer
    yield line


def _fitting(text: str, width: float) -> str:
    """Cut the middle out of a text that is too long."""
    keep = len(text)
    shown = text
    while _font().getlength(shown) > width and keep > 2:
        keep -= 1
        shown = f"{text[: (keep + 1) // 2]}...{text[len(text) - keep // 2 :]}"
    return shown


@cache
def _font() -> Font:
    return ImageFont.load_default(15)


def _png(image: Image.Image) -> bytes:
    with BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()
