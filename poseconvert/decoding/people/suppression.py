"""Of two findings of one person the better one stays: overlap of boxes, and of joints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from poseconvert.decoding.geometry import Float64Array

# Standard deviations of annotators, by joint of coco_17, as a share of the person's size.
# Source: cocodataset/cocoapi:PythonAPI/pycocotools/cocoeval.py Params.setKpParams.
COCO_SIGMAS = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1e3
# Of joints that nobody measured: a wrist's, between an eye's and a hip's.
_OTHER_SIGMA = 0.062

Overlap = Callable[[int, npt.NDArray[Any]], Float64Array]


def sigmas_of(joints: int) -> Float64Array:
    """Return the standard deviation of each joint: COCO's of 17, else one for all."""
    return COCO_SIGMAS if joints == len(COCO_SIGMAS) else np.full(joints, _OTHER_SIGMA)


def kept(
    score: Float64Array, overlap: Overlap, *, over: float, limit: int
) -> list[tuple[int, npt.NDArray[Any]]]:
    """Return the best, then the best of those that do not overlap it, and so on.

    Parameters
    ----------
    score
        (M,); of equal ones the first is better.
    overlap
        Of one with others, by index.
    over
        Overlaps above are suppressed.

    Returns
    -------
    list
        Index of each that stays, and of those that it stands for, itself first.
    """
    waiting = np.argsort(-score, kind="stable")
    found: list[tuple[int, npt.NDArray[Any]]] = []
    while waiting.size and len(found) < limit:
        best, others = int(waiting[0]), waiting[1:]
        same = overlap(best, others) > over  # NaN, of boxes without area, suppresses nothing
        found.append((best, np.concatenate([waiting[:1], others[same]])))
        waiting = others[~same]
    return found


def box_overlap(boxes: Float64Array) -> Overlap:
    """Intersection over union of boxes (M, 4) x1, y1, x2, y2."""
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)

    def overlap(one: int, others: npt.NDArray[Any]) -> Float64Array:
        low = np.maximum(boxes[one, :2], boxes[others, :2])
        high = np.minimum(boxes[one, 2:], boxes[others, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Float64Array = shared / (area[one] + area[others] - shared)
        return found

    return overlap


def oks_overlap(position: Float64Array, boxes: Float64Array) -> Overlap:
    """Object keypoint similarity of people (M, J, 2), sized by the mean area of two boxes.

    Source: ``open-mmlab/mmpose:mmpose/evaluation/functional/nms.py`` ``oks_iou``; joints that
    either lacks are left out.
    """
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)

    def overlap(one: int, others: npt.NDArray[Any]) -> Float64Array:
        return oks(position[one], position[others], (area[one] + area[others]) / 2)

    return overlap


def oks(one: Float64Array, others: Float64Array, area: Float64Array) -> Float64Array:
    """Return the similarity (M,) of a pose (J, 2) with others (M, J, 2) of an area (M,).

    0 where no joint is present on both sides.
    """
    variance = (2 * sigmas_of(len(one))) ** 2
    square = np.sum((others - one) ** 2, axis=2)
    size = np.maximum(np.nan_to_num(area), 0)[:, None] + np.spacing(1)
    with np.errstate(over="ignore"):
        near = np.exp(-square / (2 * variance * size))
    both = np.isfinite(square)
    count = both.sum(axis=1)
    total: Float64Array = np.where(both, near, 0).sum(axis=1) / np.maximum(count, 1)
    return total
