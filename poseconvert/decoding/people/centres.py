"""People by a map of their centres: MoveNet's one, CenterNet's many."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from poseconvert.decoding.geometry import Float64Array, geometry_of
from poseconvert.decoding.people.maps import cells_above, peaks_above, plane
from poseconvert.decoding.people.record import Found, boxes_around, nobody
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, Tensor, float_tensor, heatmaps, sigmoid

# What distances, in cells, are added to before a score is divided by them.
_NEAR = 1.8
# The furthest a peak may lie from where the centre expects the joint, as a share of the box.
_FURTHEST = 0.3


def movenet(outputs: Outputs, spec: DecodeSpec, n: int) -> Found:
    """Find the person in the middle: centre, expected joints, peaks near these, offsets.

    Source: ``fire717/movenet.pytorch:lib/task/task_tools.py`` ``movenetDecode``; its stored
    weights of centres are ``1 / (distance to cell (H // 2, W // 2) + 1.8)``.
    """
    assert spec.people is not None
    centres, regression = spec.people.outputs
    centre = plane(outputs, centres, 1, spec, n)[0]
    weighted = centre / _distance_to_middle(*spec.grid)
    cy, cx = divmod(int(np.where(np.isnan(weighted), -np.inf, weighted).argmax()), spec.grid[1])
    if not centre[cy, cx] > spec.people.score:
        return nobody(spec)
    expected = _truncated(plane(outputs, regression, 2 * spec.joints, spec, n)[:, cy, cx] + 0.5)
    maps = heatmaps(outputs, spec)[0][n].reshape(spec.joints, *spec.grid)
    cell, score = _peaks_near(
        maps, expected.reshape(-1, 2) + np.array([cx, cy]), spec.people.joint_score
    )
    position = _with_offset(outputs, spec, n, np.arange(spec.joints), cell)
    return _found(position[None], score[None], np.array([centre[cy, cx]], np.float64))


@lru_cache(maxsize=8)
def _distance_to_middle(height: int, width: int) -> Float64Array:
    y, x = np.indices((height, width))
    found: Float64Array = np.hypot(y - height // 2, x - width // 2) + _NEAR
    return found


def _peaks_near(maps: Tensor, expected: Float64Array, least: float) -> tuple[Cells, Float64Array]:
    """Return each joint's cell, high and near where it is expected, and its height; else 0, 0."""
    joint, y, x = cells_above(maps, least, equal=True)
    height = maps[joint, y, x].astype(np.float64)
    across, down = expected[joint].T
    near = height / (np.hypot(x - across, y - down) + _NEAR)
    order = np.lexsort((-near, joint))  # stable: of equal ones the first
    joints, first = np.unique(joint[order], return_index=True)
    best = order[first]
    cell, score = np.zeros(len(maps), np.intp), np.zeros(len(maps))
    cell[joints], score[joints] = y[best] * maps.shape[2] + x[best], height[best]
    return cell, score


def _truncated(values: Tensor) -> Float64Array:
    """Round toward zero, and keep what is not finite outside the picture."""
    return np.trunc(np.nan_to_num(values.astype(np.float64), nan=-1e6, posinf=1e6, neginf=-1e6))


def _with_offset(
    outputs: Outputs, spec: DecodeSpec, n: int, joint: Cells, cell: Cells
) -> Float64Array:
    """Return positions of cells of joints, each with the offset read there."""
    assert spec.offset is not None
    geometry = geometry_of(spec)
    shared = float_tensor(outputs, spec.offset).shape[1:2] == (2,)  # one offset for all joints
    channels = 2 if shared else 2 * spec.joints
    offset = plane(outputs, spec.offset, channels, spec, n).reshape(channels, -1)
    first = joint * 0 if shared else 2 * joint if spec.interleaved else joint
    channel = [first, first + (1 if shared or spec.interleaved else spec.joints)]
    if spec.offset_order == "yx":
        channel.reverse()
    read = np.stack([offset[one, cell] for one in channel], axis=-1).astype(np.float64)
    position: Float64Array = geometry.cell_position.T[cell] + geometry.scale[:, 0, 0] * read
    return position


def centernet(outputs: Outputs, spec: DecodeSpec, n: int) -> Found:
    """Find a person per centre; each joint is the peak nearest to where the centre expects it.

    Where no peak is near, or it lies outside the box, the joint lies where it is expected, with
    the person's score.

    Source: ``xingyizhou/CenterNet:src/lib/models/decode.py`` ``multi_pose_decode``.
    """
    people = spec.people
    assert people is not None
    names = people.outputs
    centre = plane(outputs, names[0], 1, spec, n)
    activation = sigmoid if spec.activation == "logit" else None
    cells, heights = peaks_above(centre, people.score, activation=activation)
    _, y, x = (index[: people.limit] for index in cells)
    if not y.size:
        return nobody(spec)
    person = heights[: people.limit].astype(np.float64)
    size, regression, offset = (
        plane(outputs, name, channels, spec, n)[:, y, x].T.astype(np.float64)
        for name, channels in zip(names[1:], (2, 2 * spec.joints, 2), strict=True)
    )
    cell = np.stack([x, y], axis=-1)
    middle = cell + offset
    box = np.concatenate([middle - size / 2, middle + size / 2], axis=1)
    expected = cell[:, None] + regression.reshape(len(y), -1, 2)
    position, joints = _nearest_peaks(outputs, spec, n, expected, box, person)
    geometry = geometry_of(spec)
    return Found(
        geometry.origin + geometry.step * position,
        joints,
        person,
        np.tile(geometry.origin, 2) + np.tile(geometry.step, 2) * box,
    )


def _nearest_peaks(
    outputs: Outputs,
    spec: DecodeSpec,
    n: int,
    expected: Float64Array,
    box: Float64Array,
    person: Float64Array,
) -> tuple[Float64Array, Float64Array]:
    """Return positions (M, J, 2) in cells and scores (M, J)."""
    assert spec.people is not None
    maps = heatmaps(outputs, spec)[0][n].reshape(spec.joints, *spec.grid)
    activation = sigmoid if spec.activation == "logit" else None
    (joint, y, x), heights = peaks_above(maps, spec.people.joint_score, activation=activation)
    geometry = geometry_of(spec)
    places = _with_offset(outputs, spec, n, joint, y * spec.grid[1] + x)
    places = (places - geometry.origin) / geometry.step
    heights = heights.astype(np.float64)
    position, score = expected.copy(), np.repeat(person[:, None], spec.joints, axis=1)
    if not joint.size:
        return position, score
    of_joint = _by_joint(joint, spec.joints, spec.people.limit)
    distance = np.linalg.norm(expected[:, :, None] - places[of_joint], axis=3)  # (M, J, peaks)
    distance[:, of_joint < 0] = np.inf
    nearest = distance.argmin(axis=2)
    near = of_joint[np.arange(spec.joints), nearest]
    found = places[near]
    furthest = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) * _FURTHEST
    taken = (found >= box[:, None, :2]).all(axis=2) & (found <= box[:, None, 2:]).all(axis=2)
    taken &= np.take_along_axis(distance, nearest[..., None], axis=2)[..., 0] <= furthest[:, None]
    position[taken], score[taken] = found[taken], heights[near[taken]]
    return position, score


def _by_joint(joint: Cells, joints: int, limit: int) -> Cells:
    """Return the numbers of each joint's first peaks (J, most of them), -1 after the last."""
    order = np.argsort(joint, kind="stable")
    sorted_joint = joint[order]
    rank = np.arange(len(joint)) - np.searchsorted(sorted_joint, sorted_joint)
    stay = rank < limit
    found = np.full((joints, int(rank[stay].max()) + 1), -1)
    found[sorted_joint[stay], rank[stay]] = order[stay]
    return found


def _found(position: Float64Array, score: Float64Array, person: Float64Array) -> Found:
    """Return people whose joints without a score are absent."""
    present = (score > 0) & np.isfinite(position).all(axis=2)
    position = np.where(present[..., None], position, np.nan)
    return Found(position, np.where(present, score, 0.0), person, boxes_around(position))
