"""The few joints worth a closer look: those that moved furthest, and those that could flip."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from poseconvert.drift import JointDrift
from poseconvert.drift.format import number
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.reports.drawing import Drawing, drawing
from poseconvert.reports.furthest_joints import Move
from poseconvert.reports.heatmap_slices import JointMaps, joint_maps
from poseconvert.reports.joints import COULD_FLIP, outlook
from poseconvert.reports.panels import column
from poseconvert.reports.summary import final_comparison, pixels
from poseconvert.reports.thumbnails import are_pictures
from poseconvert.reports.zoom import Zoom, movement, zoom

_MOVED, _UNSTEADY = 3, 3


@dataclass(frozen=True, slots=True)
class Focus:
    """One joint on one input, closely.

    Attributes
    ----------
    joint, head, input_name : which one.
    movement : how far it moved, in words.
    facts : what was measured, as terms and values.
    maps : its heatmaps; None without any.
    """

    joint: str
    head: str
    input_name: str
    movement: str
    facts: tuple[tuple[str, str], ...]
    maps: JointMaps | None


@dataclass(frozen=True, slots=True)
class Spotlight:
    """The joint that moved furthest of all, on its picture.

    Attributes
    ----------
    focus : what was measured.
    over : whether it moved further than allowed.
    overlay : both skeletons; None where the input is not a picture.
    zoom : the joint itself.
    """

    focus: Focus
    over: bool
    overlay: Drawing | None
    zoom: Zoom | None


def spotlight(measurement: Measurement, moved: Sequence[Move]) -> Spotlight | None:
    """Return the joint that moved furthest; None where no joint was compared.

    Parameters
    ----------
    moved : what :func:`moves` returned.
    """
    if not moved:
        return None
    move, values = moved[0], measurement.inputs.shown
    focus = _focus(move, _drifts(measurement))
    if not are_pictures(values):
        return Spotlight(focus, move.over, None, None)
    panels = column(move.candidate, move.first, move.last, move.spec)
    height, width = values.shape[1:3]
    overlay = drawing(
        panels[move.n].marks,
        move.skeleton,
        window=(-0.5, -0.5, width, height),  # whole coordinates are the middles of pixels
    )
    return Spotlight(focus, move.over, overlay, zoom(move, values[move.n]))


def focused(measurement: Measurement, moved: Sequence[Move]) -> tuple[Focus, ...]:
    """Return the joints that moved further than allowed, else the furthest.

    Then follow visible joints that could flip, those with the least margin first.
    """
    drifts = _drifts(measurement)
    chosen = [move for move in moved[:_MOVED] if move.over] or list(moved[:1])
    by_key = {move.key: move for move in moved}
    unsteady = sorted(_could_flip(drifts.values()), key=lambda joint: joint.margin)
    next_ones = [by_key[key] for key in map(_key, unsteady) if key in by_key]
    chosen += [move for move in next_ones if move not in chosen][:_UNSTEADY]
    return tuple(_focus(move, drifts) for move in chosen)


def _could_flip(joints: Iterable[JointDrift]) -> list[JointDrift]:
    return [j for j in joints if j.band == "visible" and outlook(j) == COULD_FLIP]


def _drifts(measurement: Measurement) -> Mapping[tuple[str, str, str], JointDrift]:
    final = final_comparison(measurement)
    return {_key(joint): joint for joint in final.joints} if final else {}


def _key(joint: JointDrift) -> tuple[str, str, str]:
    return joint.head, joint.input_name, joint.joint


def _focus(move: Move, drifts: Mapping[tuple[str, str, str], JointDrift]) -> Focus:
    drift = drifts.get(move.key)
    last = [("end to end", f"{outlook(drift)}, margin {number(drift.margin)}")] if drift else []
    return Focus(
        move.joint,
        move.head,
        move.input_name,
        movement(move),
        (
            ("by axis", _by_axis(move)),
            ("allowed", f"{move.allowed:g} px, in the same cell"),
            ("seen", "visible" if move.visible else "unsure (score below 0.5)"),
            ("in", str(move.candidate.run)),
            ("against", str(move.reference.run)),
            *last,
        ),
        joint_maps(move),
    )


def _by_axis(move: Move) -> str:
    steps = zip("xyz", (move.end - move.start).tolist(), strict=False)
    known = [f"{axis} {_signed(step)}" for axis, step in steps if math.isfinite(step)]
    return f"{', '.join(known)} px" if known else "absent on one side"


def _signed(step: float) -> str:
    size = pixels(abs(step))
    return size if abs(step) < 0.01 else f"{'-' if step < 0 else '+'}{size}"
