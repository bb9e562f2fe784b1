"""OpenPose's many people: peaks of joints, joined along part affinity fields."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.people.maps import cells_above, plane
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
_HIGHEST = 200
# Pairs of peaks whose fields are read at once: all of a usual picture, and a few MB at most.
_PAIRS = 32_768


class _Peaks(NamedTuple):
    """Peaks of all joints, by joint, x and y: cells, heights, and where each joint's begin."""

    x: Cells
    y: Cells
    height: Float64Array
    begin: Cells  # (J + 1,)


class _Limb(NamedTuple):
    """A pair of peaks whose field fits: their numbers, and by how much."""

    first: int
    second: int
    score: float


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
    peaks = _peaks(maps, people.joint_score, reach)
    found: list[_Person] = []
    heights = peaks.height.tolist()
    for index, limbs in enumerate(_limbs(peaks, people.limbs, fields)):
        joints = people.limbs[index][:2]
        _join(found, joints, limbs, heights, spec, extra=_extra(people.limbs, index))
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


def _peaks(maps: Tensor, least: float, reach: float) -> _Peaks:
    """Return cells above the four beside them, by joint, x and y; of near ones the first."""
    cells = cells_above(maps, least)
    height = maps[cells]
    framed = np.zeros((len(maps), maps.shape[1] + 2, maps.shape[2] + 2), maps.dtype)
    framed[:, 1:-1, 1:-1] = maps
    place = np.ravel_multi_index((cells[0], cells[1] + 1, cells[2] + 1), framed.shape)
    beside = framed.reshape(-1)[
        place + np.array([[1], [-1], [framed.shape[2]], [-framed.shape[2]]])
    ]
    # What is not above ``least``, NaN too, counts as 0.
    higher = (height > np.where(beside > least, beside, 0)).all(axis=0)
    joint, y, x, height = *(index[higher] for index in cells), height[higher]
    order = np.lexsort((y, x, joint))
    joint, y, x, height = joint[order], y[order], x[order], height[order]
    for crowded in np.flatnonzero(np.bincount(joint) > _HIGHEST):  # noise: the highest of it
        mine = np.flatnonzero(joint == crowded)
        # Of equal ones the first by y, then x.
        by_height = mine[np.lexsort((x[mine], y[mine], -height[mine]))]
        stay = np.delete(np.arange(len(joint)), by_height[_HIGHEST:])
        joint, y, x, height = joint[stay], y[stay], x[stay], height[stay]
    stay = _apart(joint, x, y, reach)
    begin = np.searchsorted(joint[stay], np.arange(len(maps) + 1))
    return _Peaks(x[stay], y[stay], height[stay].astype(np.float64), begin)


def _apart(joint: Cells, x: Cells, y: Cells, reach: float) -> Cells:
    """Return which peaks stay where of two of one joint nearer than ``reach`` the first does."""
    stay = np.ones(len(x), bool)
    for i, j in zip(*_near(joint, x, y, reach), strict=True):
        if stay[i]:
            stay[j] = False
    return np.flatnonzero(stay)


def _near(joint: Cells, x: Cells, y: Cells, reach: float) -> tuple[list[int], list[int]]:
    """Return pairs of peaks of one joint that are near, by the first, then the second."""
    end = np.searchsorted(joint, joint, side="right")
    first, second = _pairs(np.arange(len(x)), end - np.arange(len(x)))
    second = first + second
    near = np.flatnonzero(np.hypot(x[second] - x[first], y[second] - y[first]) < reach)
    near = near[second[near] > first[near]]
    return first[near].tolist(), second[near].tolist()


def _limbs(
    peaks: _Peaks, limbs: tuple[tuple[int, ...], ...], fields: Tensor
) -> Iterator[list[_Limb]]:
    """Yield for each limb the pairs of peaks whose field fits, best first, each peak once."""
    start, end, *channels = np.array(limbs).T
    count = np.diff(peaks.begin)
    for some in _chunks(count[start] * count[end]):
        limb, pair = _pairs(some, (count[start] * count[end])[some])
        second, first = np.divmod(pair, count[start[limb]])
        first, second = first + peaks.begin[start[limb]], second + peaks.begin[end[limb]]
        score = _fit(peaks, first, second, fields, np.stack([one[limb] for one in channels]))
        fitting = np.flatnonzero(score > 0)
        order = fitting[np.lexsort((-score[fitting], limb[fitting]))]
        columns = (values[order].tolist() for values in (limb, first, second, score))
        found: dict[int, list[_Limb]] = {one: [] for one in some.tolist()}
        taken = set[tuple[int, int, int]]()
        for one, i, j, fit in zip(*columns, strict=True):
            ends = (one, 0, i), (one, 1, j)
            if taken.isdisjoint(ends):
                taken.update(ends)
                found[one].append(_Limb(i, j, fit))
        yield from found.values()


def _chunks(cost: Cells) -> Iterator[Cells]:
    """Yield limbs in their order, as many at a time as have few enough pairs."""
    begin = 0
    while begin < len(cost):
        size = max(1, int(np.searchsorted(np.cumsum(cost[begin:]), _PAIRS, side="right")))
        yield np.arange(begin, min(begin + size, len(cost)))
        begin += size


def _pairs(group: Cells, count: Cells) -> tuple[Cells, Cells]:
    """Return each group as often as it counts, and the numbers from 0 within it."""
    begin = np.cumsum(count) - count
    return np.repeat(group, count), np.arange(count.sum()) - np.repeat(begin, count)


def _fit(
    peaks: _Peaks, first: Cells, second: Cells, fields: Tensor, channels: Cells
) -> Float64Array:
    """Return how well the field of each pair goes along it; 0 where too few points do."""
    cell = np.stack([peaks.x, peaks.y]).astype(np.float64)
    way = cell[:, second] - cell[:, first]  # (2, pairs)
    length = np.linalg.norm(way, axis=0)
    steps = np.arange(_POINTS) / (_POINTS - 1)
    x, y = np.round(cell[:, first, None] + way[:, :, None] * steps).astype(np.intp)
    read = fields[channels[:, :, None], y, x].astype(np.float64)  # (2, pairs, points)
    along = np.einsum("dpk,dp->pk", read, way / (length + 1e-6))
    fitting = along > _LEAST  # NaN does not
    count = fitting.sum(axis=1)
    score = np.where(fitting, along, 0).sum(axis=1) / (count + 1e-6)
    found: Float64Array = np.where(count / _POINTS > _FITTING, score, 0.0)
    return found


@lru_cache(maxsize=64)
def _extra(limbs: tuple[tuple[int, ...], ...], index: int) -> bool:
    """Whether both joints of a limb are reached by earlier limbs."""
    earlier = {joint for limb in limbs[:index] for joint in limb[:2]}
    return set(limbs[index][:2]) <= earlier


def _join(
    found: list[_Person],
    joints: tuple[int, ...],
    limbs: list[_Limb],
    heights: list[float],
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
            one.total += heights[j] + score
        if not grown:
            new = _Person(spec.joints)
            new.peak[a], new.peak[b], new.count = i, j, 2
            new.total = heights[i] + heights[j] + score
            found.append(new)


def _read(found: list[_Person], peaks: _Peaks, spec: DecodeSpec) -> Found:
    if not found:
        return nobody(spec)
    geometry = geometry_of(spec)
    peak = np.array([one.peak for one in found])
    cell = np.stack([peaks.x[peak], peaks.y[peak]], axis=-1)
    there = peak >= 0
    position = np.where(there[..., None], geometry.origin + geometry.step * cell, np.nan)
    score = np.where(there, peaks.height[peak], 0.0)
    person = np.array([one.total / one.count for one in found])
    return Found(position, score, person, boxes_around(position))
