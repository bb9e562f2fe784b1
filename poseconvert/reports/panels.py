"""What to draw: per picture one panel per evaluation, joints in picture pixels; no drawing here."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.decoding import DecodeSpec, Pose, Skeleton
from poseconvert.decoding.frame import from_corner
from poseconvert.drift import movement
from poseconvert.errors import OutputError
from poseconvert.pipeline.chain.evaluate import Evaluation
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.shown import shown
from poseconvert.reports.summary import counted, pixels


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Joints of one panel.

    Attributes
    ----------
    position : (J, 2) x, y in picture pixels, NaN where absent.
    visible : (J,) score 0.5 or more.
    moved : (J,) flipped, or further from ``origin`` than the tolerance.
    origin : (J, 2) where the first evaluation has them.
    """

    position: NDArray[Any]
    visible: NDArray[np.bool_]
    moved: NDArray[np.bool_]
    origin: NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One evaluation on one picture; ``numbers`` are against the first evaluation."""

    artifact: str
    runner: str
    numbers: str
    marks: Marks


@dataclass(frozen=True, slots=True, eq=False)
class PictureRow:
    """One picture, (H, W, 3) uint8 RGB, and its panels."""

    name: str
    picture: NDArray[np.uint8]
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Overlays:
    """Pictures to draw in the order of the inputs; ``left_out`` others are not drawn.

    ``head`` is the head that the joints were read from, ``2d`` or ``3d``.
    """

    head: str
    skeleton: Skeleton
    rows: tuple[PictureRow, ...]
    left_out: int


def side_of(joint: str) -> str:
    """Tell ``left``, ``right`` or ``middle`` from names such as leftKnee and lShin."""
    for side in ("left", "right"):
        if re.match(rf"{side}|{side[0]}(?=[A-Z])", joint):
            return side
    return "middle"


def bone_side(one: str, other: str) -> str:
    """Return the side of a bone's ends; from side to side it is in the middle."""
    found = {one, other} - {"middle"}
    return found.pop() if len(found) == 1 else "middle"


def overlays(measurement: Measurement, *, limit: int) -> Overlays:
    """Choose the pictures and read the joints off the first 2D head, or x and y of a 3D one.

    Parameters
    ----------
    limit : most pictures; those on which most joints of any head moved come first.

    Raises
    ------
    OutputError : the inputs are not pictures, there are no joints, or nothing ran.
    """
    values, specs = measurement.inputs.shown, measurement.specs
    if values.dtype != np.uint8 or values.ndim != 4:
        raise OutputError(
            f"overlays: inputs of shape {values.shape} are not pictures. Omit the report's"
            " pictures; the tables and --json have the numbers."
        )
    if not specs:
        raise OutputError(
            "overlays: no decode spec, so there are no joints to draw. Convert again with --decode."
        )
    head = next((index for index, spec in enumerate(specs) if spec.dims == 2), 0)
    ran = [evaluation for evaluation in measurement.result.evaluations if evaluation.poses]
    if not ran:
        raise OutputError("overlays: no artifact ran. The reasons are in the table; cure them.")
    heads = [shown(ran, spec, index) for index, spec in enumerate(specs)]
    first, *_ = drawn = heads[head].poses
    columns = [column(e, first, pose, specs[head]) for e, pose in zip(ran, drawn, strict=True)]
    by_picture = list(zip(*columns, strict=True))
    moved = sum(
        moved_joints(evaluation, one.poses[0], pose).sum(axis=1)
        for one in heads
        for evaluation, pose in zip(ran, one.poses, strict=True)
    )
    chosen = sorted(sorted(range(len(moved)), key=lambda index: -moved[index])[:limit])
    names = measurement.inputs.names
    return Overlays(
        head=f"{specs[head].dims}d",
        skeleton=heads[head].skeleton,
        rows=tuple(PictureRow(names[i], values[i], by_picture[i]) for i in chosen),
        left_out=len(names) - len(chosen),
    )


def moved_joints(evaluation: Evaluation, first: Pose, pose: Pose) -> NDArray[np.bool_]:
    """Return (N, J): whether a joint flipped, or moved further than the stage allows."""
    tolerance = evaluation.link.tolerance
    return movement(first, pose).over(tolerance.joint_px if tolerance else math.inf)


def column(evaluation: Evaluation, first: Pose, pose: Pose, spec: DecodeSpec) -> Sequence[Panel]:
    """Make the panels of one evaluation by one head, one per input.

    Parameters
    ----------
    first, pose : of the reference and of the evaluation, as :func:`shown` reads them.
    """
    drift = movement(first, pose)
    moved = moved_joints(evaluation, first, pose)
    position, origin = (from_corner(p.position, spec)[..., :2] for p in (pose, first))
    panels = []
    for n in range(len(position)):
        still = drift.distance[n][~drift.flipped[n] & np.isfinite(drift.distance[n])]
        furthest = pixels(float(still.max(initial=0)))
        flips = counted(int(drift.flipped[n].sum()), "flip")
        numbers = "reference" if pose is first else f"max {furthest} px, {flips}"
        marks = Marks(position[n], pose.visible[n], moved[n], origin[n])
        panels.append(Panel(evaluation.link.artifact, evaluation.run.label, numbers, marks))
    return panels
