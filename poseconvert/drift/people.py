"""Drift between the people of a reference and those of a candidate, paired beforehand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.joints import PEOPLE, Band, HeadReading, JointDrift

_VISIBLE = 0.5
# What people are called in records, before their number: best first on their side.
PERSON = "person"
FOUND = "found person"


class PeopleArrays(Protocol):
    """What decoded people offer; decoding and drift are peers and do not import each other."""

    @property
    def position(self) -> NDArray[Any]:
        """(M, J, 2) in input pixels, NaN where absent."""

    @property
    def score(self) -> NDArray[Any]:
        """(M, J), 0 where absent."""

    @property
    def person(self) -> NDArray[Any]:
        """(M,), of each person."""


def people_drifts(
    reference: PeopleArrays,
    candidate: PeopleArrays,
    *,
    pairs: Mapping[int, int],
    reading: HeadReading,
    input_name: str,
    pattern: bool = False,
) -> tuple[JointDrift, ...]:
    """Compare the people of one input, best first on both sides.

    The first record is that of all ``people``: flipped where nobody is found any more, or somebody
    where nobody was, or where another one became the best. One of each person that only one side
    has follows, then one of each joint of the others that is present on either side.

    Parameters
    ----------
    pairs : index of the candidate's person by that of the reference's.
    pattern : whether the input is a pattern, on which nobody is judged.
    """
    lost = [m for m in range(len(reference.person)) if m not in pairs]
    found = [m for m in range(len(candidate.person)) if m not in pairs.values()]
    whole = _record(reading, input_name, PEOPLE, _first(reference), _first(candidate))
    if bool(len(reference.person)) != bool(len(candidate.person)) or pairs.get(0, 0) != 0:
        whole = replace(whole, standing="flipped", displacement_px=math.inf)
    records = [whole]
    for m in lost:
        score = float(reference.person[m])
        records.append(_alone(reading, input_name, f"{PERSON} {m + 1}", score, 0.0))
    for m in found:
        score = float(candidate.person[m])
        records.append(_alone(reading, input_name, f"{FOUND} {m + 1}", 0.0, score))
    for m, other in sorted(pairs.items()):
        for j, joint in enumerate(reading.joints):
            if reference.score[m, j] > 0 or candidate.score[other, j] > 0:
                name = f"{PERSON} {m + 1} {joint}"
                records.append(
                    _joint(reference, candidate, (m, other, j), reading, input_name, name)
                )
    return tuple(replace(record, pattern=pattern) for record in records)


def _first(people: PeopleArrays) -> float:
    return float(people.person[0]) if len(people.person) else 0.0


def _band(score: float) -> Band:
    return "absent" if score <= 0 else "visible" if score >= _VISIBLE else "occluded"


def _record(
    reading: HeadReading, input_name: str, name: str, score: float, candidate: float
) -> JointDrift:
    """Return a record of what is there on both sides, or on neither, and did not move."""
    return JointDrift(
        joint=name,
        input_name=input_name,
        head=reading.head,
        band=_band(score),
        displacement_px=0.0 if score > 0 and candidate > 0 else math.nan,
        depth_cells=0.0,
        score=score,
        candidate_score=candidate,
        margin=math.nan if score <= 0 else math.inf,
        standing="safe",
        candidate_visible=candidate >= _VISIBLE,
    )


def _alone(
    reading: HeadReading, input_name: str, name: str, score: float, candidate: float
) -> JointDrift:
    """Return a record of a person that one side alone has."""
    record = _record(reading, input_name, name, score, candidate)
    return replace(record, standing="flipped", displacement_px=math.inf)


def _joint(
    reference: PeopleArrays,
    candidate: PeopleArrays,
    place: tuple[int, int, int],
    reading: HeadReading,
    input_name: str,
    name: str,
) -> JointDrift:
    m, other, j = place
    scores = float(reference.score[m, j]), float(candidate.score[other, j])
    if min(scores) <= 0:
        return _alone(reading, input_name, name, *scores)
    way = candidate.position[other, j] - reference.position[m, j]
    record = _record(reading, input_name, name, *scores)
    # A joint whose network gives no score of its own counts as seen.
    return replace(record, displacement_px=float(np.linalg.norm(way)))


def people_reason(joint: JointDrift) -> str:
    """Say what happened to people who flipped; empty where the record is that of a joint."""
    where = f"on {joint.input_name}"
    kind, _, number = joint.joint.rpartition(" ")
    if joint.joint == PEOPLE:
        if joint.candidate_score <= 0:
            return f"{where}: nobody is found any more (best score {joint.score:.3f})"
        if joint.score <= 0:
            return f"{where}: somebody is found (score {joint.candidate_score:.3f}), nobody was"
        return (
            f"{where}: people exchanged, another one is the best (score {joint.score:.3f} in the"
            f" reference, {joint.candidate_score:.3f} in the candidate)"
        )
    if not number.isdigit():
        return ""
    if kind == FOUND:
        return f"{where}: {joint.joint} (score {joint.candidate_score:.3f}), nobody was there"
    return f"{where}: {joint.joint} lost (score {joint.score:.3f})" if kind == PERSON else ""


def people_found(joints: Iterable[JointDrift]) -> int | None:
    """Count the people whom the reference found on all inputs; None where people are not read."""
    people, read = set(), False
    for joint in joints:
        read = read or joint.joint == PEOPLE
        first, _, rest = joint.joint.partition(" ")
        number = rest.split(" ")[0]
        if first == PERSON and number.isdigit():
            people.add((joint.input_name, number))
    return len(people) if read else None
