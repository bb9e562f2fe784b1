"""A person per row of one tensor: YOLO's anchors, end-to-end detectors, BlazePose's anchors."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from poseconvert.decoding.coordinates import read_joints
from poseconvert.decoding.geometry import Float64Array
from poseconvert.decoding.people.record import Found, boxes_around, nobody
from poseconvert.decoding.people.suppression import box_overlap, kept, oks_overlap
from poseconvert.decoding.people_spec import PeopleSpec
from poseconvert.decoding.spec import DecodeSpec
from poseconvert.decoding.tensors import Cells, Outputs, Tensor, float_tensor, sigmoid
from poseconvert.errors import DecodeError

# Logits beyond are cut, as tensors_to_detections_calculator.cc cuts them.
_CUT = 100.0


def rows(outputs: Outputs, spec: DecodeSpec, n: int) -> Found:
    """Find the people of picture ``n``: rows above the score, then suppression.

    Sources: ``ultralytics/ultralytics:ultralytics/utils/nms.py`` ``non_max_suppression``;
    ``zmurez/MediaPipePyTorch:blazebase.py`` ``BlazeDetector``.
    """
    people = _people(spec)
    table = _table(float_tensor(outputs, spec.offset)[n], spec)
    if people.anchors and table.shape[1] != len(anchors_of(spec)):
        raise DecodeError(
            f'output "{spec.offset}": {table.shape[1]} rows, the anchors of input {spec.size} are'
            f" {len(anchors_of(spec))}. Correct the anchors or the input size."
        )
    score = _scores(outputs, table, spec, n)
    chosen = np.flatnonzero(score > people.score)  # NaN is not
    if not chosen.size:
        return nobody(spec)
    # Rows of a tensor (numbers, rows) lie far apart: those that are read are gathered once.
    rows, best = table[:, chosen].T.astype(np.float64), score[chosen]
    position, joints, box = _read(rows, chosen, spec)
    if people.suppression == "none":
        order = np.argsort(-best, kind="stable")[: people.limit]
        return Found(position[order], joints[order], best[order], box[order])
    overlap = oks_overlap(position, box) if people.suppression == "oks" else box_overlap(box)
    stay = kept(best, overlap, over=people.overlap, limit=people.limit)
    if people.suppression != "blend":
        order = np.array([one for one, _ in stay])
        return Found(position[order], joints[order], best[order], box[order])
    return _blended(position, joints, best, box, [same for _, same in stay])


def _people(spec: DecodeSpec) -> PeopleSpec:
    assert spec.people is not None
    return spec.people


def width_of(spec: DecodeSpec) -> int:
    """Return how many numbers a row has."""
    return len(_people(spec).row) - 1 + spec.joints * len(spec.numbers)


def _table(tensor: Tensor, spec: DecodeSpec) -> Tensor:
    """Return (numbers, rows) of a tensor that is either way round; of no rows too."""
    width = width_of(spec)
    if tensor.ndim == 2 and tensor.shape[0] == width:
        return tensor
    if tensor.ndim == 2 and tensor.shape[1] == width:
        return tensor.T
    raise DecodeError(
        f'output "{spec.offset}": shape {tensor.shape} of one picture holds no rows of {width}'
        f' numbers ({" ".join(_people(spec).row)}, {spec.joints} x "{spec.numbers}"). Use the'
        " decode spec of this network."
    )


@lru_cache(maxsize=32)
def _places(spec: DecodeSpec) -> dict[str, list[int]]:
    """Return where each word of a row stands."""
    places: dict[str, list[int]] = {}
    at = 0
    for word in _people(spec).row:
        step = spec.joints * len(spec.numbers) if word == "keypoints" else 1
        places.setdefault(word, []).extend(range(at, at + step))
        at += step
    return places


def _scores(outputs: Outputs, table: Tensor, spec: DecodeSpec, n: int) -> Float64Array:
    people = _people(spec)
    if people.outputs:
        raw = float_tensor(outputs, people.outputs[0])[n].reshape(-1)
        if len(raw) != table.shape[1]:
            raise DecodeError(
                f'output "{people.outputs[0]}": {len(raw)} scores for {table.shape[1]} rows of'
                f' "{spec.offset}". Use the decode spec of this network.'
            )
    else:
        raw = np.fmax.reduce(table[_places(spec)["score"]], axis=0)
    if spec.activation == "logit":
        return sigmoid(np.clip(raw, -_CUT, _CUT))
    found: Float64Array = raw.astype(np.float64)
    return found


def _read(
    rows: Float64Array, chosen: Cells, spec: DecodeSpec
) -> tuple[Float64Array, Float64Array, Float64Array]:
    places = _places(spec)
    values = rows[:, places["keypoints"]].reshape(len(rows), spec.joints, len(spec.numbers))
    position, score = read_joints(values, spec)
    unit = {"image": np.array(spec.size[::-1], np.float64)}.get(spec.offset_unit, np.ones(2))
    if "cx" in places:
        middle = rows[:, [places["cx"][0], places["cy"][0]]] * unit
        sides = rows[:, [places["w"][0], places["h"][0]]] * unit
        box = np.concatenate([middle - sides / 2, middle + sides / 2], axis=1)
    elif "x1" in places:
        corners = [places[word][0] for word in ("x1", "y1", "x2", "y2")]
        box = rows[:, corners] * np.tile(unit, 2)
    else:
        return position, score, boxes_around(position)
    if _people(spec).anchors:
        anchor = anchors_of(spec)
        position, box = position + anchor[chosen, None], box + np.tile(anchor[chosen], 2)
    return position, score, box


@lru_cache(maxsize=8)
def anchors_of(spec: DecodeSpec) -> Float64Array:
    """Middle of each anchor's cell (A, 2), x first, in pixels: grids in turn, row by row.

    Source: ``google/mediapipe:mediapipe/calculators/tflite/ssd_anchors_calculator.cc``, with a
    fixed anchor size.
    """
    found = []
    for stride, count in _people(spec).anchors:
        height, width = (-(-side // stride) for side in spec.size)
        y, x = np.indices((height, width)).reshape(2, -1) + 0.5
        cells = np.stack([x / width * spec.size[1], y / height * spec.size[0]], axis=-1)
        found.append(np.repeat(cells, count, axis=0))
    return np.concatenate(found)


def _blended(
    position: Float64Array,
    joints: Float64Array,
    best: Float64Array,
    box: Float64Array,
    groups: list[Cells],
) -> Found:
    """Give each group's mean, weighted by score."""

    def mean(values: Float64Array) -> Float64Array:
        return np.stack(
            [np.average(values[group], axis=0, weights=best[group]) for group in groups]
        )

    score = np.array([best[group].mean() for group in groups])
    return Found(mean(position), mean(joints), score, mean(box))
