"""Two networks side by side: on the terminal, as JSON, as a picture.

Schema ``poseconvert.side-by-side.v1``, field by field; numbers that JSON cannot hold are null::

    schema            "poseconvert.side-by-side.v1"; changes when a field changes its meaning
    summary, notes    in sentences; no parity is judged, for they are two networks
    first, second     artifact, runner, skeleton
    inputs            names of the pictures
    joints            in the order of the first's skeleton
      first, second   what each calls it
      both_sure       pictures in which both are sure of it (score 0.5 or more)
      median_px, largest_px
                      between the two, in pixels of the picture, where both are sure
      share           median as a part of the body's size, the diagonal around the first's joints
      only_first, only_second
                      pictures in which one alone is sure of it
    positions         per picture, of each joint: [x, y, score] of both, in pixels of the picture
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from poseconvert.errors import OutputError
from poseconvert.pipeline.pair.side_by_side import SideBySide
from poseconvert.reports.json import strict
from poseconvert.reports.layers import skeleton_layer
from poseconvert.reports.panels import Marks
from poseconvert.reports.summary import counted, pixels
from poseconvert.reports.terminal import as_is, plain_table, print_list

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "poseconvert.side-by-side.v1"
_VISIBLE = 0.5
_SIDE, _GAP, _LINE = 480, 14, 25
_INK, _PAPER = (28, 30, 33), (250, 250, 248)


def joint_rows(found: SideBySide) -> list[dict[str, Any]]:
    """Sum up each joint that both have."""
    distance, both, body = found.distance, found.both, found.body[:, None]
    rows = []
    for at, (here, there) in enumerate(found.shared):
        sure = both[:, at] & np.isfinite(distance[:, at])
        apart = distance[sure, at]
        share = (distance / body)[sure, at]
        one, other = (s.score[:, i] >= _VISIBLE for s, i in
                      ((found.first, here), (found.second, there)))  # fmt: skip
        rows.append(
            {
                "first": found.first.skeleton.joints[here],
                "second": found.second.skeleton.joints[there],
                "both_sure": int(sure.sum()),
                "median_px": float(np.median(apart)) if len(apart) else None,
                "largest_px": float(apart.max()) if len(apart) else None,
                "share": float(np.median(share)) if len(share) else None,
                "only_first": int((one & ~other).sum()),
                "only_second": int((other & ~one).sum()),
            }
        )
    return rows


def summary(found: SideBySide) -> str:
    """Say how far the two are apart, and that this is no verdict."""
    apart = found.distance[found.both & np.isfinite(found.distance)]
    share = (found.distance / found.body[:, None])[found.both]
    share = share[np.isfinite(share)]
    shared = counted(len(found.shared), "joint")
    where = f"{counted(len(found.names), 'picture')}, {shared} in common"
    if not len(apart):
        said = "no joint of which both are sure"
    else:
        middle, most = (pixels(float(np.quantile(apart, part))) for part in (0.5, 0.9))
        said = (
            f"where both are sure of a joint ({len(apart)}) they are {middle} px apart in the"
            f" middle, {most} px at nine of ten"
        )
        if len(share):
            said += f" ({np.median(share):.1%} and {np.quantile(share, 0.9):.1%} of the body)"
    return f"{where}: {said}; two networks, so tensors are not compared and no parity is judged"


def side_by_side_json(found: SideBySide) -> dict[str, Any]:
    """Return what ``--json`` prints, in the order of the module's docstring."""
    sides = {
        name: {"artifact": one.artifact, "runner": one.runner, "skeleton": one.skeleton.name}
        for name, one in (("first", found.first), ("second", found.second))
    }
    positions = {
        picture: [
            [[*s.position[n, i].tolist(), float(s.score[n, i])] for s, i in
             ((found.first, here), (found.second, there))]
            for here, there in found.shared
        ]
        for n, picture in enumerate(found.names)
    }  # fmt: skip
    record: dict[str, Any] = strict(
        {
            "schema": SCHEMA,
            "summary": summary(found),
            "notes": found.notes,
            **sides,
            "inputs": found.names,
            "joints": joint_rows(found),
            "positions": positions,
        }
    )
    return record


def print_side_by_side(found: SideBySide, console: Console) -> None:
    """Print a row per joint, notes, and the summary. Fits 80 columns."""
    table = plain_table(
        (f"joint\n of {found.first.skeleton.name}", "both\nsure", "px apart\n(middle)",
         "px apart\n(largest)", "of body", "only\nfirst", "only\nsecond")
    )  # fmt: skip
    for row in joint_rows(found):
        apart = ("median_px", "largest_px")
        table.add_row(
            as_is(row["first"]),
            str(row["both_sure"]),
            *("" if row[name] is None else pixels(row[name]) for name in apart),
            "" if row["share"] is None else f"{row['share']:.1%}",
            str(row["only_first"]),
            str(row["only_second"]),
        )
    console.print(table)
    print_list(console, "note", found.notes)
    console.print(as_is(f"first {found.first.artifact} on {found.first.runner}"))
    console.print(as_is(f"second {found.second.artifact} on {found.second.runner}"))
    console.print(as_is(summary(found)))


def save_side_by_side(found: SideBySide, path: Path) -> None:
    """Draw both skeletons on each picture, one beside the other, as PNG.

    Raises
    ------
    OutputError : ``path`` cannot be written.
    """
    rows = [_row(found, n) for n in range(len(found.names))]
    sheet = Image.new("RGB", (max(r.width for r in rows), sum(r.height for r in rows)), _PAPER)
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    try:
        sheet.save(path, "PNG")
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written ({error.strerror}). Choose another file."
        ) from error


def _row(found: SideBySide, n: int) -> Image.Image:
    picture = Image.fromarray(found.pictures[n])
    scale = _SIDE / max(picture.size)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    row = Image.new("RGB", (2 * (size[0] + _GAP) + _GAP, size[1] + _LINE + _GAP), _PAPER)
    pen = ImageDraw.Draw(row)
    for at, seen in enumerate((found.first, found.second)):
        left = _GAP + at * (size[0] + _GAP)
        pen.text((left, 4), f"{found.names[n]}: {seen.artifact}", _INK)
        panel = picture.resize(size, Image.Resampling.LANCZOS)
        sure = seen.score[n] >= _VISIBLE
        marks = Marks(seen.position[n], sure, np.zeros_like(sure), seen.position[n])
        layer = skeleton_layer(marks, seen.skeleton, size, scale=scale)
        panel.paste(layer, (0, 0), layer)
        row.paste(panel, (left, _LINE))
    return row
