"""OKS-AP: COCO's average precision of keypoints, computed by pycocotools."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt

from poseconvert.errors import DatasetError
from poseconvert.metrics.ratio import Array, resampled

_PERSON = 1


class KeypointAP:
    """Average precision over OKS 0.50 to 0.95 of one found pose per annotated person.

    Every person is a picture of its own: poses are found in the boxes of the ground truth, so that
    none can be taken for another person's.

    Parameters
    ----------
    found : (N, 17, 2) in pixels, COCO's order; joints not found (NaN) count as found at (0, 0).
    score : (N, 17); a pose scores their mean.
    truth : (N, 17, 2) in pixels, NaN where not annotated.
    visible : (N, 17) of the annotated ones.
    area : (N,) in square pixels.

    Raises
    ------
    DatasetError : pycocotools is not installed.
    """

    def __init__(
        self,
        found: Array,
        *,
        score: Array,
        truth: Array,
        visible: npt.NDArray[np.bool_],
        area: Array,
    ) -> None:
        try:
            from pycocotools.coco import COCO
            from pycocotools.cocoeval import COCOeval
        except ImportError as error:
            raise DatasetError(
                'OKS-AP: needs pycocotools. Install it: pip install "poseconvert[datasets]"'
            ) from error
        with redirect_stdout(StringIO()):
            annotated = COCO()
            annotated.dataset = _truth(truth, visible, area)
            annotated.createIndex()
            poses = annotated.loadRes(_poses(found, score))
            self._evaluation = COCOeval(annotated, poses, "keypoints")
            self._evaluation.params.areaRng = self._evaluation.params.areaRng[:1]
            self._evaluation.params.areaRngLbl = self._evaluation.params.areaRngLbl[:1]
            self._evaluation.evaluate()
        self._each = list(self._evaluation.evalImgs)

    @property
    def value(self) -> float:
        """The average precision over all people, 0 to 1."""
        return self._precision(np.arange(len(self._each)))

    def of(self, drawn: Array) -> Array:
        """Return the average precision (R,) of people drawn ``drawn`` (R, N) times each."""
        return np.array([self._precision(people) for people in resampled(drawn)])

    def _precision(self, people: npt.NDArray[np.intp]) -> float:
        evaluation: Any = self._evaluation
        evaluation.evalImgs = [self._each[index] for index in people]
        with redirect_stdout(StringIO()):
            evaluation.accumulate()
        precision = evaluation.eval["precision"]
        return float(precision[precision > -1].mean()) if (precision > -1).any() else float("nan")


def _truth(truth: Array, visible: npt.NDArray[np.bool_], area: Array) -> dict[str, Any]:
    known: npt.NDArray[Any] = np.all(np.isfinite(truth), axis=2)
    flags = known * (1 + visible)
    annotations = [
        {
            "id": index + 1,
            "image_id": index + 1,
            "category_id": _PERSON,
            "keypoints": [*_interleaved(np.nan_to_num(truth[index]), flags[index])],
            "num_keypoints": int(known[index].sum()),
            "area": float(area[index]),
            "bbox": _bounds(truth[index][known[index]]),
            "iscrowd": 0,
        }
        for index in range(len(truth))
    ]
    pictures = [{"id": index + 1} for index in range(len(truth))]
    return {
        "info": {},
        "images": pictures,
        "annotations": annotations,
        "categories": [{"id": _PERSON}],
    }


def _poses(found: Array, score: Array) -> list[dict[str, Any]]:
    return [
        {
            "image_id": index + 1,
            "category_id": _PERSON,
            "keypoints": [*_interleaved(np.nan_to_num(found[index]), score[index])],
            "score": float(score[index].mean()),
        }
        for index in range(len(found))
    ]


def flat_keypoints(points: Array, third: npt.NDArray[Any]) -> list[float]:
    """Return x, y and the third number of each joint in a row, 0 for NaN."""
    return [*_interleaved(np.nan_to_num(points), third)]


def _interleaved(points: Array, third: npt.NDArray[Any]) -> Iterator[float]:
    for (x, y), last in zip(points.tolist(), third.tolist(), strict=True):
        yield from (x, y, last)


def _bounds(points: Array) -> list[float]:
    low, high = points.min(axis=0), points.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]
