"""OpenPose's many people: peaks of joints, joined along part affinity fields."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.people.maps import plane
from poseconvert.decoding.people.record import Found, boxes_around, nobody
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, Tensor, heatmaps
from poseconvert.errors import DecodeError

# Of the points along a limb these many are read, this share must fit, each by more than this.
_POINTS = 10
_FITTING = 0.8
_LEAST = 0.05
# People of fewer joints are not people.
_JOINTS = 3
# Peaks of one joint in one picture: pairs of them cost their square.
_MOST_PEAKS = 200


class _Peaks(NamedTuple):
    """Peaks of one joint: cells and heights."""

    x: Cells
    y: Cells
    height: Float64Array


class _Person:
    """A person that grows limb by limb: the peak of each joint, -1 where none."""

    def __init__(self, joints: int) -> None:
        self.peak = [-1] * joints
        self.count = 0
        self.total = 0.0


def openpose(outputs: Outputs, spec: DecodeSpec, n: int) -> Found:
    """Find people: peaks, limbs between pairs of peaks whose field fits, people of limbs.

    A person scores the mean over its joints of heights and fields. Limbs between joints that an
    earlier limb has reached already only add a joint.

    Source: ``Daniil-Osokin/lightweight-human-pose-estimation.pytorch:modules/keypoints.py``
    ``extract_keypoints``, ``group_keypoints``; maps are read as the network gives them, not
    enlarged.
    """
    people = spec.people
    assert people is not None
    maps = heatmaps(outputs, spec)[0][n].reshape(spec.joints, *spec.grid)
    fields = _fields(outputs, spec, n)
    reach = people.radius / min(spec.stride)
    peaks = [_peaks(one, people.joint_score, reach) for one in maps]
    found: list[_Person] = []
    for index, (a, b, *channels) in enumerate(people.limbs):
        limbs = _limbs(peaks[a], peaks[b], fields[channels])
        heights = peaks[a].height, peaks[b].height
        _join(found, (a, b), limbs, heights, spec, extra=_extra(people.limbs, index))
    whole = [one for one in found if one.count >= _JOINTS and one.total / one.count > people.score]
    whole.sort(key=lambda one: -one.total / one.count)
    return _read(whole[: people.limit], peaks, spec)


def _fields(outputs: Outputs, spec: DecodeSpec, n: int) -> Tensor:
    assert spec.people is not None
    name = spec.people.outputs[0]
    channels = 1 + max(max(limb[2:]) for limb in spec.people.limbs)
    tensor = outputs[name]
    if tensor.ndim == 4 and tensor.shape[1] < channels:
        raise DecodeError(
            f'output "{name}": {tensor.shape[1]} channels, the limbs read {channels}.'
            " Correct the limbs."
        )
    return plane(outputs, name, tensor.shape[1] if tensor.ndim == 4 else channels, spec, n)


def _peaks(heights: Tensor, least: float, reach: float) -> _Peaks:
    """Return cells above the four beside them, by x, then y; of near ones the first."""
    high = np.where(heights > least, heights, 0)
    padded = np.pad(high, 1)
    middle = padded[1:-1, 1:-1]
    y, x = np.nonzero(
        (middle > padded[1:-1, 2:])
        & (middle > padded[1:-1, :-2])
        & (middle > padded[2:, 1:-1])
        & (middle > padded[:-2, 1:-1])
    )
    order = np.lexsort((y, x))
    if len(order) > _MOST_PEAKS:  # noise: the highest of it
        highest = np.argsort(-high[y, x], kind="stable")[:_MOST_PEAKS]
        order = order[np.isin(order, highest)]
    y, x = y[order], x[order]
    stay = np.ones(len(x), bool)
    for i in range(len(x)):
        if stay[i]:
            stay[i + 1 :] &= np.hypot(x[i + 1 :] - x[i], y[i + 1 :] - y[i]) >= reach
    y, x = y[stay], x[stay]
    return _Peaks(x, y, high[y, x].astype(np.float64))


def _limbs(a: _Peaks, b: _Peaks, field: Tensor) -> list[tuple[int, int, float]]:
    """Return pairs of peaks whose field fits, best first, each peak once."""
    if not (len(a.x) and len(b.x)):
        return []
    first = np.stack([a.x, a.y], axis=-1).astype(np.float64)
    way = np.stack([b.x, b.y], axis=-1)[:, None] - first  # (B, A, 2)
    length = np.linalg.norm(way, axis=2, keepdims=True)
    steps = np.arange(_POINTS)[:, None] / (_POINTS - 1)
    points = np.round(first[:, None] + way[:, :, None] * steps).astype(np.intp)
    read = field[:, points[..., 1], points[..., 0]].astype(np.float64)  # (2, B, A, points)
    along = np.einsum("dbap,bad->bap", read, way / (length + 1e-6))
    fitting = along > _LEAST  # NaN does not
    count = fitting.sum(axis=2)
    score = np.where(fitting, along, 0).sum(axis=2) / (count + 1e-6)
    taken_a, taken_b, found = set[int](), set[int](), []
    second, start = np.nonzero((score > 0) & (count / _POINTS > _FITTING))
    for place in np.argsort(-score[second, start], kind="stable"):
        i, j = int(start[place]), int(second[place])
        if i not in taken_a and j not in taken_b:
            taken_a.add(i)
            taken_b.add(j)
            found.append((i, j, float(score[j, i])))
    return found


def _extra(limbs: tuple[tuple[int, ...], ...], index: int) -> bool:
    """Whether both joints of a limb are reached by earlier limbs."""
    earlier = {joint for limb in limbs[:index] for joint in limb[:2]}
    return set(limbs[index][:2]) <= earlier


def _join(
    found: list[_Person],
    joints: tuple[int, int],
    limbs: list[tuple[int, int, float]],
    heights: tuple[Float64Array, Float64Array],
    spec: DecodeSpec,
    *,
    extra: bool,
) -> None:
    a, b = joints
    for i, j, score in limbs:
        if extra:
            for one in found:
                if one.peak[a] == i and one.peak[b] == -1:
                    one.peak[b] = j
                elif one.peak[b] == j and one.peak[a] == -1:
                    one.peak[a] = i
            continue
        grown = [one for one in found if one.peak[a] == i]
        for one in grown:
            one.peak[b] = j
            one.count += 1
            one.total += heights[1][j] + score
        if not grown:
            new = _Person(spec.joints)
            new.peak[a], new.peak[b], new.count = i, j, 2
            new.total = float(heights[0][i] + heights[1][j] + score)
            found.append(new)


def _read(found: list[_Person], peaks: list[_Peaks], spec: DecodeSpec) -> Found:
    if not found:
        return nobody(spec)
    geometry = geometry_of(spec)
    position = np.full((len(found), spec.joints, 2), np.nan)
    score = np.zeros((len(found), spec.joints))
    for m, one in enumerate(found):
        for j, peak in enumerate(one.peak):
            if peak >= 0:
                cell = peaks[j].x[peak], peaks[j].y[peak]
                position[m, j] = geometry.origin + geometry.step * cell
                score[m, j] = peaks[j].height[peak]
    person = np.array([one.total / one.count for one in found])
    return Found(position, score, person, boxes_around(position))
