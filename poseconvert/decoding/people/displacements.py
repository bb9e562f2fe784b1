"""PoseNet's many people: from each peak along displacements to the other joints."""

from __future__ import annotations

import numpy as np

from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.people.maps import peaks_above, plane
from poseconvert.decoding.people.record import Found, boxes_around, nobody
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Outputs, Tensor, heatmaps, sigmoid


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
    least, logit = people.joint_score, spec.activation == "logit"
    with np.errstate(divide="ignore"):
        bound = float(np.log(least) - np.log1p(-least)) if logit and least < 1 else least
    roots = peaks_above(maps, bound, equal=True)
    reading = _Reading(outputs, spec, n, maps)
    found: list[tuple[Float64Array, Float64Array, Float64Array]] = []
    square = people.radius**2
    for joint, y, x in zip(*roots, strict=True):
        place = reading.place(joint, y, x)
        if any(np.sum((one[joint] - place) ** 2) <= square for one, _, _ in found):
            continue
        position, score = reading.person(int(joint), int(y), int(x))
        free = np.ones(spec.joints, bool)
        for one, _, _ in found:
            free &= ~(np.sum((one - position) ** 2, axis=1) <= square)
        person = np.asarray(score[free].sum() / spec.joints)
        if person > people.score:
            found.append((position, score, person))
        if len(found) == people.limit:
            break
    if not found:
        return nobody(spec)
    position, score, person = (np.stack([one[index] for one in found]) for index in range(3))
    present = (score > 0) & np.isfinite(position).all(axis=2)
    position = np.where(present[..., None], position, np.nan)
    return Found(position, np.where(present, score, 0.0), person, boxes_around(position))


class _Reading:
    """The maps of one picture, read at cells."""

    def __init__(self, outputs: Outputs, spec: DecodeSpec, n: int, maps: Tensor) -> None:
        assert spec.people is not None
        assert spec.offset is not None
        self.spec, self.maps = spec, maps
        self.limbs = spec.people.limbs
        edges = len(self.limbs)
        self.offset = self._two(outputs, spec.offset, spec.joints, n)
        self.forward, self.backward = (
            self._two(outputs, name, edges, n) for name in spec.people.outputs
        )
        geometry = geometry_of(spec)
        self.origin, self.step = geometry.origin, geometry.step

    def _two(self, outputs: Outputs, name: str, count: int, n: int) -> Tensor:
        """Return (2, count, H, W), x first."""
        tensor = plane(outputs, name, 2 * count, self.spec, n)
        blocks: Tensor = tensor.reshape(2, count, *self.spec.grid)
        return blocks[::-1] if self.spec.offset_order == "yx" else blocks

    def place(self, joint: int, y: int, x: int) -> Float64Array:
        """Return the position of a joint's cell with its offset, in pixels."""
        read = self.offset[:, joint, y, x].astype(np.float64)
        found: Float64Array = self.origin + self.step * (x, y) + read
        return found

    def score(self, joint: int, y: int, x: int) -> float:
        """Return the score of a joint at a cell; NaN is none."""
        value = self.maps[joint, y, x]
        if self.spec.activation == "logit":
            value = sigmoid(value)
        return float(value) if value > 0 else 0.0

    def person(self, root: int, y: int, x: int) -> tuple[Float64Array, Float64Array]:
        """Follow the displacements from a root: positions (J, 2) and scores (J,)."""
        position = np.full((self.spec.joints, 2), np.nan)
        score = np.zeros(self.spec.joints)
        position[root], score[root] = self.place(root, y, x), self.score(root, y, x)
        backward = [(b, a, self.backward[:, i]) for i, (a, b) in enumerate(self.limbs)]
        forward = [(a, b, self.forward[:, i]) for i, (a, b) in enumerate(self.limbs)]
        for source, target, displacement in (*reversed(backward), *forward):
            if score[source] > 0 and score[target] == 0:
                at = self._cell(position[source])
                moved = position[source] + displacement[:, at[1], at[0]]
                x, y = self._cell(moved)
                position[target], score[target] = self.place(target, y, x), self.score(target, y, x)
        return position, score

    def _cell(self, position: Float64Array) -> tuple[int, int]:
        """Return the nearest cell, x first, halves to even; that of no number is the first."""
        height, width = self.spec.grid
        nearest = np.round(np.nan_to_num((position - self.origin) / self.step))
        x, y = np.clip(nearest, 0, (width - 1, height - 1))
        return int(x), int(y)
