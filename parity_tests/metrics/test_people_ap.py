"""OKS-AP of several people is COCO's: pycocotools on files that it reads itself."""

import json
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from poseconvert.metrics.people_ap import Annotated, Found, PeopleAP

PICTURES, MOST = 6, 4


def scene(seed):
    """Annotated people, and what a network makes of them: moved, lost, invented."""
    rng = np.random.default_rng(seed)
    truth, found = [], []
    for _ in range(PICTURES):
        count = int(rng.integers(1, MOST + 1))
        joints = rng.uniform(0, 150, (count, 17, 2)) + 200 * np.arange(count)[:, None, None]
        joints[rng.random((count, 17)) < 0.2] = np.nan
        visible = rng.random((count, 17)) < 0.7
        truth.append(Annotated(joints, visible, rng.uniform(4e3, 2e4, count)))
        seen = np.nan_to_num(joints) + rng.normal(0, 6, joints.shape)
        seen = np.concatenate([seen[rng.random(count) < 0.8], rng.uniform(0, 600, (1, 17, 2))])
        found.append(Found(seen, rng.random(seen.shape[:2]), rng.random(len(seen))))
    return truth, found


def by_files(truth, found, folder):
    """COCO's own way: an annotation file and a result file."""
    annotations, results = [], []
    for picture, (known, seen) in enumerate(zip(truth, found, strict=True)):
        for joints, visible, area in zip(*known, strict=True):
            flags = np.isfinite(joints).all(axis=1) * (1 + visible)
            points = np.column_stack([np.nan_to_num(joints), flags])
            there = joints[flags > 0]
            low, high = there.min(axis=0), there.max(axis=0)
            annotations.append({
                "id": len(annotations) + 1, "image_id": picture, "category_id": 1, "iscrowd": 0,
                "keypoints": points.ravel().tolist(), "num_keypoints": int((flags > 0).sum()),
                "area": float(area), "bbox": [*low.tolist(), *(high - low).tolist()],
            })  # fmt: skip
        for joints, score, person in zip(*seen, strict=True):
            points = np.column_stack([joints, score])
            results.append({
                "image_id": picture, "category_id": 1, "score": float(person),
                "keypoints": points.ravel().tolist(),
            })  # fmt: skip
    images = [{"id": picture} for picture in range(len(truth))]
    written = {"images": images, "annotations": annotations, "categories": [{"id": 1}], "info": {}}
    (folder / "truth.json").write_text(json.dumps(written))
    (folder / "found.json").write_text(json.dumps(results))
    with redirect_stdout(StringIO()):
        annotated = COCO(folder / "truth.json")
        evaluation = COCOeval(annotated, annotated.loadRes(str(folder / "found.json")), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_value_is_that_of_cocos_own_evaluation(seed, tmp_path):
    truth, found = scene(seed)
    expected = by_files(truth, found, tmp_path)
    assert 0 < expected < 1
    assert PeopleAP(found, truth).value == pytest.approx(expected, abs=1e-12)


def test_everybody_where_they_are_is_1_and_nobody_is_0():
    truth, _ = scene(0)
    whole = [Found(np.nan_to_num(t.joints), np.ones(t.visible.shape), t.area) for t in truth]
    none = [Found(np.empty((0, 17, 2)), np.empty((0, 17)), np.empty(0)) for _ in truth]
    assert PeopleAP(whole, truth).value == pytest.approx(1)
    assert PeopleAP(none, truth).value == 0


def test_somebody_invented_costs_precision():
    truth, _ = scene(1)
    whole = [Found(np.nan_to_num(t.joints), np.ones(t.visible.shape), t.area) for t in truth]
    more = [
        Found(
            np.concatenate([one.joints, one.joints[:1] + 900]),
            np.concatenate([one.score, one.score[:1]]),
            np.concatenate([one.person, [1e9]]),
        )
        for one in whole
    ]
    assert PeopleAP(more, truth).value < 0.8


def test_each_picture_drawn_once_is_the_value():
    truth, found = scene(2)
    measured = PeopleAP(found, truth)
    once = np.ones((1, PICTURES))
    np.testing.assert_allclose(measured.of(once), measured.value)
