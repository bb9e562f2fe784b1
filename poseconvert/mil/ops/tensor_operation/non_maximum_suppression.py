"""Non-maximum suppression: the best boxes, without those that overlap a better one."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, op


@op("non_maximum_suppression", since="CoreML5")
def non_maximum_suppression_ios15(
    *,
    boxes: Array,
    scores: Array,
    iou_threshold: float,
    score_threshold: float,
    max_boxes: int,
    per_class_suppression: bool = False,
) -> tuple[Array, ...]:
    """``y`` are the boxes of ``scores >= score_threshold`` that no better box covers, best first.

    A box's score is its largest, and its class the one that has it. A box covers another when
    their intersection over union is above ``iou_threshold`` and, with ``per_class_suppression``,
    they are of one class. Where no score reaches the threshold the best box stays alone, as
    Apple's own reference has it. Equal scores: the first box comes first.

    Shapes
    ------
    ``boxes``: [N, B, 4] as centre x, centre y, width, height; ``scores``: [N, B, classes].
    Results: boxes [N, max_boxes, 4] and scores [N, max_boxes, classes] padded with 0, indices
    [N, max_boxes] padded with -1, and the number of boxes chosen [N].

    Raises
    ------
    ValueError
        The shapes do not fit, there are no boxes, or the results would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``non_maximum_suppression``; what it
    leaves open: mil/ops/tests/iOS14/test_tensor_operation.py, ``_ref_non_maximum_suppression``.
    """
    return _suppressed(
        boxes,
        scores,
        iou_threshold=float(iou_threshold),
        score_threshold=float(score_threshold),
        max_boxes=max_boxes,
        per_class=per_class_suppression,
    )


@op("non_maximum_suppression", since="CoreML7")
def non_maximum_suppression_ios17(
    *,
    boxes: Array,
    scores: Array,
    iou_threshold: float,
    max_boxes: int,
    per_class_suppression: bool = False,
) -> tuple[Array, ...]:
    """``y`` are the boxes that no better box covers, best first.

    As in iOS 15, without a score threshold.

    Shapes
    ------
    ``boxes``: [N, 4, B], ``scores``: [N, classes, B]. Results: boxes [N, 4, max_boxes], scores
    [N, classes, max_boxes], indices [N, max_boxes], padded as in iOS 15.

    Raises
    ------
    ValueError
        As in iOS 15.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/tensor_operation.py, ``non_maximum_suppression``.
    """
    kept_boxes, kept_scores, indices, _ = _suppressed(
        np.swapaxes(boxes, 1, 2),
        np.swapaxes(scores, 1, 2),
        iou_threshold=float(iou_threshold),
        score_threshold=-np.inf,
        max_boxes=max_boxes,
        per_class=per_class_suppression,
    )
    return np.swapaxes(kept_boxes, 1, 2), np.swapaxes(kept_scores, 1, 2), indices


def _suppressed(
    boxes: Array,
    scores: Array,
    *,
    iou_threshold: float,
    score_threshold: float,
    max_boxes: int,
    per_class: bool,
) -> tuple[Array, Array, Array, Array]:
    if boxes.shape != (*scores.shape[:2], 4) or scores.ndim != 3 or not scores[:1].size:
        raise ValueError(f"boxes {boxes.shape} and scores {scores.shape} do not fit")
    batch, _, classes = scores.shape
    bounded((batch, max_boxes, 4 + classes))
    kept_boxes = np.zeros((batch, max_boxes, 4), boxes.dtype)
    kept_scores = np.zeros((batch, max_boxes, classes), scores.dtype)
    indices = np.full((batch, max_boxes), -1, np.int32)
    counts = np.zeros(batch, np.int32)
    for n in range(batch):
        best = scores[n].max(axis=1)
        chosen = (
            _chosen(
                boxes[n],
                np.where(best >= score_threshold, best, -np.inf),
                classes=scores[n].argmax(axis=1) if per_class else np.zeros(len(best), np.int64),
                iou_threshold=iou_threshold,
                most=max_boxes,
            )
            or [int(best.argmax())][:max_boxes]
        )
        counts[n] = len(chosen)
        kept_boxes[n, : len(chosen)] = boxes[n, chosen]
        kept_scores[n, : len(chosen)] = scores[n, chosen]
        indices[n, : len(chosen)] = chosen
    return kept_boxes, kept_scores, indices, counts


def _chosen(
    boxes: Array, scores: Array, *, classes: Array, iou_threshold: float, most: int
) -> list[int]:
    """Take the best box, drop what it covers, and again; a score of -inf is never taken."""
    chosen: list[int] = []
    alive = scores > -np.inf
    for index in np.argsort(-scores, kind="stable"):
        if len(chosen) == most:
            break
        if alive[index]:
            chosen.append(int(index))
            covered = _overlap(boxes[index], boxes) > iou_threshold
            alive &= ~(covered & (classes == classes[index]))
    return chosen


def _overlap(box: Array, boxes: Array) -> Array:
    """Intersection over union of one box with many; 0 where both are empty."""
    low = np.maximum(box[:2] - box[2:] / 2, boxes[:, :2] - boxes[:, 2:] / 2)
    high = np.minimum(box[:2] + box[2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2)
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    union = np.prod(box[2:]) + np.prod(boxes[:, 2:], axis=1) - shared
    ratio = shared / np.where(union > 0, union, 1)
    return np.asarray(ratio)
