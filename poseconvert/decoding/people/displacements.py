"""PoseNet's many people: from each peak along displacements to the other joints."""

from __future__ import annotations

import math

import numpy as np

from poseconvert.decoding.geometry import geometry_of
from poseconvert.decoding.people.maps import logit, peaks_above, plane
from poseconvert.decoding.people.record import Found, boxes_around, nobody
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Outputs, Tensor, heatmaps

Place = tuple[float, float]
# exp of more is no float64.
_OVERFLOWS = 700.0


def posenet(outputs: Outputs, spec: DecodeSpec, n: int) -> Found:
    """Find people: peaks in order of score, each the root of a person unless one has it already.

    A person scores the mean of those of its joints that lie on no joint of a better one.

    Source: ``tensorflow/tfjs-models:posenet/src/multi_pose``, as in
    ``rwightman/posenet-pytorch:posenet/decode_multi.py``, which also passes over people whose
    score is not above a threshold.
    """
    people = spec.people
    assert people is not None
    maps = heatmaps(outputs, spec)[0][n].reshape(spec.joints, *spec.grid)
    # Peaks of logits are found before the sigmoid, whose plateaus tie.
    least = people.joint_score
    bound = logit(least) if spec.activation == "logit" and least < 1 else least
    roots, _ = peaks_above(maps, bound, equal=True)
    reading = _Reading(outputs, spec, n, maps)
    found: list[_Person] = []
    square = people.radius**2
    for root in zip(*(index.tolist() for index in roots), strict=True):
        if any(one.has(root[0], reading.place(*root), square) for one in found):
            continue
        person = reading.person(*root)
        free = [
            score
            for joint, (place, score) in enumerate(zip(person.place, person.score, strict=True))
            if not any(one.has(joint, place, square) for one in found)
        ]
        person.total = math.fsum(free) / spec.joints
        if person.total > people.score:
            found.append(person)
        if len(found) == people.limit:
            break
    if not found:
        return nobody(spec)
    position = np.array([one.place for one in found])
    score = np.array([one.score for one in found])
    present = (score > 0) & np.isfinite(position).all(axis=2)
    position = np.where(present[..., None], position, np.nan)
    total = np.array([one.total for one in found])
    return Found(position, np.where(present, score, 0.0), total, boxes_around(position))


class _Person:
    """A person that grows along displacements: x, y and score of each joint."""

    def __init__(self, joints: int) -> None:
        self.place = [(math.nan, math.nan)] * joints
        self.score = [0.0] * joints
        self.total = 0.0

    def has(self, joint: int, place: Place, square: float) -> bool:
        """Whether the joint lies there, give or take the root of ``square``; NaN does not."""
        (x, y), (across, down) = self.place[joint], place
        return (x - across) ** 2 + (y - down) ** 2 <= square


class _Reading:
    """The maps of one picture, read at single cells: numbers, for arrays of one cost far more."""

    def __init__(self, outputs: Outputs, spec: DecodeSpec, n: int, maps: Tensor) -> None:
        assert spec.people is not None
        assert spec.offset is not None
        self.spec, self.maps = spec, maps
        limbs = spec.people.limbs
        self.offset = self._two(outputs, spec.offset, spec.joints, n)
        forward, backward = (
            self._two(outputs, name, len(limbs), n) for name in spec.people.outputs
        )
        back = [(b, a, i, *backward) for i, (a, b) in enumerate(limbs)]
        self.ways = [*reversed(back), *((a, b, i, *forward) for i, (a, b) in enumerate(limbs))]
        geometry = geometry_of(spec)
        self.origin, self.step = geometry.origin.tolist(), geometry.step.tolist()

    def _two(self, outputs: Outputs, name: str, count: int, n: int) -> tuple[Tensor, Tensor]:
        """Return x and y, (count, H, W) each."""
        tensor = plane(outputs, name, 2 * count, self.spec, n)
        first, second = tensor.reshape(2, count, *self.spec.grid)
        return (second, first) if self.spec.offset_order == "yx" else (first, second)

    def place(self, joint: int, y: int, x: int) -> Place:
        """Return the position of a joint's cell with its offset, in pixels."""
        across, down = self.offset
        return (
            self.origin[0] + self.step[0] * x + across.item(joint, y, x),
            self.origin[1] + self.step[1] * y + down.item(joint, y, x),
        )

    def score(self, joint: int, y: int, x: int) -> float:
        """Return the score of a joint at a cell; 0 for NaN."""
        value: float = self.maps.item(joint, y, x)
        if self.spec.activation == "logit":
            # Beyond, the exponential overflows, and the sigmoid is 0.
            value = 1 / (1 + math.exp(-value)) if value > -_OVERFLOWS else 0.0
        return value if value > 0 else 0.0

    def person(self, root: int, y: int, x: int) -> _Person:
        """Follow the displacements from a root."""
        person = _Person(self.spec.joints)
        person.place[root], person.score[root] = self.place(root, y, x), self.score(root, y, x)
        for source, target, edge, across, down in self.ways:
            if person.score[source] > 0 and person.score[target] == 0:
                place = person.place[source]
                x, y = self._cell(place)
                moved = place[0] + across.item(edge, y, x), place[1] + down.item(edge, y, x)
                x, y = self._cell(moved)
                person.place[target] = self.place(target, y, x)
                person.score[target] = self.score(target, y, x)
        return person

    def _cell(self, place: Place) -> tuple[int, int]:
        """Return the nearest cell, x first, halves to even; that of no number is the first."""
        height, width = self.spec.grid
        x, y = (
            (at - zero) / step for at, zero, step in zip(place, self.origin, self.step, strict=True)
        )
        return _nearest(x, width), _nearest(y, height)


def _nearest(index: float, count: int) -> int:
    return round(min(max(index, 0.0), count - 1.0)) if not math.isnan(index) else 0
