"""Skeletons over the pictures, one panel per evaluation, as PNG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from poseconvert.decoding import Skeleton
from poseconvert.drift import Parity
from poseconvert.errors import OutputError
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.furthest_joints import Move, moves
from poseconvert.reports.layers import skeleton_layer, zoom_picture
from poseconvert.reports.panels import Marks, PictureRow, overlays
from poseconvert.reports.summary import pixels, verdict_line
from poseconvert.reports.zoom import zoom

_INK, _GREY, _PAPER = (28, 30, 33), (96, 100, 106), (250, 250, 248)
_TONES = {Parity.HELD: (11, 107, 58), Parity.BROKEN: (179, 0, 27), Parity.NOT_RUN: (138, 90, 0)}
_PICTURES = 24
_AREA = 16_000_000  # pixels of all panels together
_SCALE, _SIDE = 2.0, 540  # panels are this much larger than the input, up to this many pixels
_MARGIN, _GAP, _LINE = 28, 14, 25
_TITLE = 42
_TEXT_SIDE = 220  # narrowest column that holds a caption

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def draw_overlays(measurement: Measurement) -> Image.Image:
    """Draw a contact sheet: per picture a panel per evaluation that ran, and the furthest joint.

    Raises
    ------
    OutputError : the inputs are not pictures, there are no joints, or nothing ran.
    """
    chosen = overlays(measurement, limit=_PICTURES)
    furthest: dict[str, Move] = {}
    for move in moves(measurement):
        furthest.setdefault(move.input_name, move)
    columns, rows = len(chosen.rows[0].panels) + bool(furthest), len(chosen.rows)
    height, width = chosen.rows[0].picture.shape[:2]
    area = math.sqrt(_AREA / (columns * rows * height * width))
    scale = min(_SCALE, _SIDE / max(height, width), area)
    panel = max(1, round(width * scale)), max(1, round(height * scale))
    step = max(panel[0], _TEXT_SIDE) + _GAP
    row_height = panel[1] + 4 * _LINE + 2 * _GAP
    sheet_width = max(2 * _MARGIN + columns * step - _GAP, 3 * _TEXT_SIDE)
    title, _, covered = verdict_line(measurement).partition(": ")
    heading = list(_wrapped(covered, sheet_width - 2 * _MARGIN))
    top = _MARGIN + _TITLE + _LINE * (len(heading) + 2) + _GAP
    foot = _MARGIN if chosen.left_out else 0
    sheet = Image.new("RGB", (sheet_width, top + rows * row_height + foot + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_MARGIN, _MARGIN - 6), title, _TONES[measurement.parity], _font(32))
    for index, text in enumerate(heading):
        pen.text((_MARGIN, _MARGIN + _TITLE + index * _LINE), text, _INK, _font())
    _draw_legend(sheet, (_MARGIN, _MARGIN + _TITLE + len(heading) * _LINE + _LINE // 2))
    for index, row in enumerate(chosen.rows):
        place = _MARGIN, top + index * row_height
        _draw_row(sheet, place, row, skeleton=chosen.skeleton, panel=panel, step=step)
        if row.name in furthest:
            beside = _MARGIN + len(row.panels) * step, place[1]
            _draw_furthest(sheet, beside, row, move=furthest[row.name], side=min(panel), step=step)
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
        layer = skeleton_layer(one.marks, skeleton, panel, scale=scale)
        sheet.paste(layer, (x, y + _LINE), layer)
        _caption(pen, (x, y + _LINE + panel[1]), (one.artifact, one.runner, one.numbers), step)
        x += step


def _draw_furthest(
    sheet: Image.Image,
    place: tuple[int, int],
    row: PictureRow,
    *,
    move: Move,
    side: int,
    step: int,
) -> None:
    """Draw the joint that moved furthest on the picture, closely, with the same three lines."""
    x, y = place
    near = zoom(move, row.picture)
    sheet.paste(zoom_picture(near, side), (x, y + _LINE))
    moved = f"{move.joint} ({move.head}) {pixels(move.distance)} px"
    words = f"furthest, {near.side:.4g} px across", move.candidate.run.label, moved
    _caption(ImageDraw.Draw(sheet), (x, y + _LINE + side), words, step)


def _caption(
    pen: ImageDraw.ImageDraw, below: tuple[int, int], lines: Sequence[str], step: int
) -> None:
    """Write lines under a panel, the last one in ink."""
    x, y = below
    for index, text in enumerate(lines):
        colour = _INK if index == len(lines) - 1 else _GREY
        place = x, y + 4 + index * _LINE
        pen.text(place, _fitting(text, step - _GAP), colour, _font())


def _draw_legend(sheet: Image.Image, place: tuple[int, int]) -> None:
    """Draw one joint of each kind with its name, by the functions that draw the panels."""
    kinds = {
        "left": ("left", True, False),
        "right": ("right", True, False),
        "middle": ("middle", True, False),
        "unsure (score below 0.5)": ("left", False, False),
        "flipped or moved more than allowed": ("left", True, True),
    }
    pen = ImageDraw.Draw(sheet)
    x, y = place
    for text, (joint, visible, moved) in kinds.items():
        centre = np.array([[_LINE / 2, _LINE / 2]])
        marks = Marks(centre, np.array([visible]), np.array([moved]), centre)
        layer = skeleton_layer(marks, Skeleton("legend", (joint,)), (_LINE, _LINE), scale=1.0)
        sheet.paste(layer, (x, y), layer)
        pen.text((x + _LINE + 4, y + 1), text, _GREY, _font())
        x += round(_LINE + 4 + _font().getlength(text)) + 2 * _GAP


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
def _font(size: int = 18) -> Font:
    return ImageFont.load_default(size)


def _png(image: Image.Image) -> bytes:
    with BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()
