"""Joint drifts summed up: over all joints, and per joint over the inputs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from poseconvert.drift import JointDrift
from poseconvert.drift.joints import Band

BANDS: tuple[Band, ...] = ("visible", "occluded", "absent")
_NAMED = 4


@dataclass(frozen=True, slots=True)
class JointSummary:
    """Some joints together.

    Attributes
    ----------
    bands : joints per band of the reference.
    flips : flipped joints per band; ``visible`` when they are so on either side, as
        only these break parity; of ``absent`` those that only the candidate has.
    max_px : largest displacement of a joint that did not flip.
    flip_px : largest displacement of one that did, and is present on both sides.
    at_risk : present joints whose margin is not above twice the measured drift.
    """

    bands: Mapping[str, int]
    flips: Mapping[str, int]
    max_px: float
    flip_px: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class JointRow:
    """One joint of one head in one band, over the inputs where it is in that band.

    Attributes
    ----------
    inputs : how many those are.
    max_px, max_depth_cells : largest displacement where it did not flip; the latter
        None for a 2D head.
    flip_px : largest displacement where it did, and is present on both sides.
    score_drift : least and greatest difference in score.
    least_margin : the smallest of the reference's margins.
    safe, at_risk, flipped : inputs per standing.
    """

    head: str
    joint: str
    band: str
    inputs: int
    max_px: float
    max_depth_cells: float | None
    flip_px: float
    score_drift: tuple[float, float]
    least_margin: float
    safe: int
    at_risk: int
    flipped: int


def joint_summary(joints: Sequence[JointDrift]) -> JointSummary:
    """Sum up joints of any heads and inputs."""
    bands = Counter(joint.band for joint in joints)
    flips = Counter(
        "visible" if joint.candidate_visible else joint.band
        for joint in joints
        if joint.standing == "flipped"
    )
    return JointSummary(
        bands={band: bands[band] for band in BANDS},
        flips={band: flips[band] for band in BANDS},
        max_px=_largest([j.displacement_px for j in joints if j.standing != "flipped"]),
        flip_px=_flip_px(joints),
        at_risk=sum(j.standing == "at risk" for j in joints if j.band != "absent"),
    )


def joint_rows(joints: Sequence[JointDrift]) -> tuple[JointRow, ...]:
    """Sum up each joint over the inputs, ordered by band, head and skeleton.

    Of joints the reference lacks only those are listed that the candidate has.
    """
    order = {key: index for index, key in enumerate(dict.fromkeys(map(_place, joints)))}
    groups: dict[tuple[int, int], list[JointDrift]] = {}
    for joint in joints:
        if joint.band != "absent" or joint.standing == "flipped":
            key = BANDS.index(joint.band), order[_place(joint)]
            groups.setdefault(key, []).append(joint)
    return tuple(_joint_row(groups[key]) for key in sorted(groups))


def certified_sentences(joints: Sequence[JointDrift]) -> tuple[str, ...]:
    """Say of each input which joints cannot flip: visible, occluded and absent ones apart.

    Joints that are not certified are named, visible ones first, as far as they fit.
    """
    inputs: dict[str, list[JointDrift]] = {}
    for joint in joints:
        inputs.setdefault(joint.input_name, []).append(joint)
    return tuple(f"{name}: {_certified(group)}" for name, group in inputs.items())


def _certified(group: Sequence[JointDrift]) -> str:
    counts, others = [], []
    for band in BANDS:
        found = [joint for joint in group if joint.band == band]
        if found:
            counts.append(f"{sum(joint.certified for joint in found)} of {len(found)} {band}")
        if band != "absent":  # it has no peak that could be certified
            others += [f"{joint.joint} ({joint.head})" for joint in found if not joint.certified]
    named = ", ".join(others[:_NAMED])
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return ", ".join(counts) + (f"; not {named}{more}" if others else "")


def furthest_first(rows: Sequence[JointRow]) -> tuple[JointRow, ...]:
    """Order rows: visible flips, other flips, then by distance."""

    def order(row: JointRow) -> tuple[bool, bool, float]:
        flipped = row.flipped > 0
        return not (flipped and row.band == "visible"), not flipped, -max(row.flip_px, row.max_px)

    return tuple(sorted(rows, key=order))


def _place(joint: JointDrift) -> tuple[str, str]:
    return joint.head, joint.joint


def _joint_row(group: Sequence[JointDrift]) -> JointRow:
    first = group[0]
    still = [joint for joint in group if joint.standing != "flipped"]
    scores = [joint.candidate_score - joint.score for joint in group]
    standings = Counter(joint.standing for joint in group)
    depth = _largest([joint.depth_cells for joint in still])
    return JointRow(
        head=first.head,
        joint=first.joint,
        band=first.band,
        inputs=len(group),
        max_px=_largest([joint.displacement_px for joint in still]),
        max_depth_cells=depth if first.head == "3d" else None,
        flip_px=_flip_px(group),
        score_drift=(min(scores), max(scores)),
        least_margin=min(joint.margin for joint in group),
        safe=standings["safe"],
        at_risk=standings["at risk"],
        flipped=standings["flipped"],
    )


def _flip_px(joints: Sequence[JointDrift]) -> float:
    """Return the largest displacement of a joint that flipped and is present on both sides."""
    flipped = [joint.displacement_px for joint in joints if joint.standing == "flipped"]
    return _largest([distance for distance in flipped if math.isfinite(distance)])


def _largest(values: Sequence[float]) -> float:
    """Return the largest value that is a number, 0 where there is none."""
    return max((value for value in values if not math.isnan(value)), default=0.0)
