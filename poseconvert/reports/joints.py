"""Joint drifts summed up: over all joints, and per joint over the inputs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from poseconvert.drift import PEOPLE, JointDrift, people_found
from poseconvert.drift.joints import Band

BANDS: tuple[Band, ...] = ("visible", "occluded", "absent")
#: What reports call a band: a score below 0.5 is doubt of the network, and proves no occlusion.
BAND_WORDS: dict[Band, str] = {"visible": "visible", "occluded": "unsure", "absent": "absent"}
CANNOT_FLIP, COULD_FLIP, FLIPPED = "cannot flip", "could flip", "flipped"
_NAMED = 4


@dataclass(frozen=True, slots=True)
class JointSummary:
    """Some joints together.

    Attributes
    ----------
    bands : joints per band of the reference.
    flips : flipped joints per band; ``visible`` when they are so on either side, as
        only these break parity; of ``absent`` those that only the candidate has.
    max_px : largest displacement of a joint that is judged and did not flip.
    other_px : the same of joints that are not judged: unsure ones, and all on patterns.
    pattern_flips : visible joints that flipped on a pattern; not judged, not among ``flips``.
    flip_px : as ``flips``, the largest displacement of one that is present on both sides.
    could_flip : present joints that did not flip, and that no margin keeps from it.
    people : whom the reference finds on all inputs; None where it finds one joint of each name.
    """

    bands: Mapping[Band, int]
    flips: Mapping[Band, int]
    max_px: float
    flip_px: Mapping[Band, float]
    could_flip: int
    other_px: float = 0.0
    pattern_flips: int = 0
    people: int | None = None


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
    cannot_flip, could_flip, flipped : inputs where it did not flip and is certified, where it did
        not and is not, and where it flipped.
    """

    head: str
    joint: str
    band: Band
    inputs: int
    max_px: float
    max_depth_cells: float | None
    flip_px: float
    score_drift: tuple[float, float]
    least_margin: float
    cannot_flip: int
    could_flip: int
    flipped: int


def joint_summary(joints: Sequence[JointDrift]) -> JointSummary:
    """Sum up joints of any heads and inputs."""
    single = [joint for joint in joints if joint.joint != PEOPLE]
    bands = Counter(joint.band for joint in single)
    flipped: dict[Band, list[JointDrift]] = {band: [] for band in BANDS}
    on_patterns = 0
    for joint in joints:
        if joint.standing != "flipped":
            continue
        if joint.pattern and (joint.band == "visible" or joint.candidate_visible):
            on_patterns += 1
        else:
            flipped["visible" if joint.candidate_visible else joint.band].append(joint)
    still = [joint for joint in joints if joint.standing != "flipped"]
    return JointSummary(
        bands={band: bands[band] for band in BANDS},
        flips={band: len(flipped[band]) for band in BANDS},
        max_px=_largest([joint.displacement_px for joint in still if joint.judged]),
        flip_px={band: _flip_px(flipped[band]) for band in BANDS},
        could_flip=sum(outlook(joint) == COULD_FLIP for joint in single),
        other_px=_largest([joint.displacement_px for joint in still if not joint.judged]),
        pattern_flips=on_patterns,
        people=people_found(joints),
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


def outlook(joint: JointDrift) -> str:
    """Say whether a joint flipped, could flip or cannot at this drift, or is absent."""
    if joint.standing == "flipped":
        return FLIPPED
    if joint.band == "absent":
        return "absent"
    return CANNOT_FLIP if joint.certified else COULD_FLIP


def outlook_sentences(joints: Sequence[JointDrift]) -> tuple[str, ...]:
    """Say of each input how many joints cannot flip: visible and unsure ones apart.

    Those that could are named, visible ones first, as far as they fit; then those that did.
    """
    inputs: dict[str, list[JointDrift]] = {}
    for joint in joints:
        inputs.setdefault(joint.input_name, []).append(joint)
    return tuple(f"{name}: {_outlook(group)}" for name, group in inputs.items())


def _outlook(group: Sequence[JointDrift]) -> str:
    counts = []
    ordered = sorted(group, key=lambda joint: BANDS.index(joint.band))
    for band in BANDS[:2]:  # an absent joint has no peak
        found = [outlook(joint) for joint in group if joint.band == band]
        if found:
            counts.append(f"{found.count(CANNOT_FLIP)} of {len(found)} {BAND_WORDS[band]}")
    sure = f"{', '.join(counts)} joints cannot flip at this drift" if counts else "no joint present"
    others = [
        f"{_some(names)} {verb}"
        for verdict, verb in ((COULD_FLIP, "could"), (FLIPPED, "did"))
        if (names := [f"{j.joint} ({j.head})" for j in ordered if outlook(j) == verdict])
    ]
    return "; ".join([sure, *others])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


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
    outlooks = Counter(map(outlook, group))
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
        cannot_flip=outlooks[CANNOT_FLIP],
        could_flip=outlooks[COULD_FLIP],
        flipped=outlooks[FLIPPED],
    )


def _flip_px(joints: Sequence[JointDrift]) -> float:
    """Return the largest displacement of a joint that flipped and is present on both sides."""
    flipped = [joint.displacement_px for joint in joints if joint.standing == "flipped"]
    return _largest([distance for distance in flipped if math.isfinite(distance)])


def _largest(values: Sequence[float]) -> float:
    """Return the largest value that is a number, 0 without one."""
    return max((value for value in values if not math.isnan(value)), default=0.0)
