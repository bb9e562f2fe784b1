"""OKS-AP of pictures with several people: COCO's own, computed by pycocotools."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from poseconvert.errors import DatasetError
from poseconvert.metrics.oks import flat_keypoints
from poseconvert.metrics.ratio import Array, resampled

_PERSON = 1


class Annotated(NamedTuple):
    """The annotated people of a picture: joints (M, 17, 2), NaN where not; visible; area (M,)."""

    joints: Array
    visible: npt.NDArray[np.bool_]
    area: Array


class Found(NamedTuple):
    """The people found in a picture: joints (M, 17, 2) and scores (M, 17), and of each (M,)."""

    joints: Array
    score: Array
    person: Array


class PeopleAP:
    """Average precision over OKS 0.50 to 0.95 of everybody in some pictures.

    Whoever is found and not annotated counts against the network, as in COCO.

    Raises
    ------
    DatasetError : pycocotools is not installed.
    """

    def __init__(self, found: Sequence[Found], truth: Sequence[Annotated]) -> None:
        try:
            from pycocotools.coco import COCO
            from pycocotools.cocoeval import COCOeval
        except ImportError as error:
            raise DatasetError(
                'OKS-AP: needs pycocotools. Install it: pip install "poseconvert[datasets]"'
            ) from error
        with redirect_stdout(StringIO()):
            annotated, people = COCO(), COCO()
            annotated.dataset = _dataset(truth)
            annotated.createIndex()
            people.dataset = {**annotated.dataset, "annotations": _results(found)}
            people.createIndex()
            evaluation = COCOeval(annotated, people, "keypoints")
            evaluation.params.areaRng = evaluation.params.areaRng[:1]
            evaluation.params.areaRngLbl = evaluation.params.areaRngLbl[:1]
            evaluation.evaluate()
        self._evaluation: Any = evaluation
        self._each = list(evaluation.evalImgs)

    @property
    def value(self) -> float:
        """The average precision over all pictures, 0 to 1."""
        return self._precision(np.arange(len(self._each)))

    def of(self, drawn: Array) -> Array:
        """Return the average precision (R,) of pictures drawn ``drawn`` (R, N) times each."""
        return np.array([self._precision(pictures) for pictures in resampled(drawn)])

    def _precision(self, pictures: npt.NDArray[np.intp]) -> float:
        self._evaluation.evalImgs = [self._each[index] for index in pictures]
        with redirect_stdout(StringIO()):
            self._evaluation.accumulate()
        precision = self._evaluation.eval["precision"]
        return float(precision[precision > -1].mean()) if (precision > -1).any() else float("nan")


def _dataset(truth: Sequence[Annotated]) -> dict[str, Any]:
    entries: list[dict[str, Any]] = []
    for picture, one in enumerate(truth):
        for joints, visible, area in zip(*one, strict=True):
            known = np.isfinite(joints).all(axis=1)
            low, high = joints[known].min(axis=0), joints[known].max(axis=0)
            entries.append(
                {
                    "id": len(entries) + 1,
                    "image_id": picture + 1,
                    "category_id": _PERSON,
                    "keypoints": flat_keypoints(joints, known * (1 + visible)),
                    "num_keypoints": int(known.sum()),
                    "area": float(area),
                    "bbox": [*low.tolist(), *(high - low).tolist()],
                    "iscrowd": 0,
                }
            )
    return {
        "info": {},
        "images": [{"id": picture + 1} for picture in range(len(truth))],
        "annotations": entries,
        "categories": [{"id": _PERSON}],
    }


def _results(found: Sequence[Found]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for picture, one in enumerate(found):
        for joints, score, person in zip(*one, strict=True):
            present = joints[np.isfinite(joints).all(axis=1)]
            sides = np.ptp(present, axis=0) if len(present) else np.zeros(2)
            entries.append(
                {
                    "id": len(entries) + 1,
                    "image_id": picture + 1,
                    "category_id": _PERSON,
                    "keypoints": flat_keypoints(joints, score),
                    "score": float(person),
                    "area": float(np.prod(sides)),
                    "iscrowd": 0,
                }
            )
    return entries
