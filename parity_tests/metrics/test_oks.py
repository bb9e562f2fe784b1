"""OKS-AP: a case worked out by hand, and COCO's own evaluation of the same poses in one file."""

import contextlib
import io
import sys

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from poseconvert.errors import DatasetError
from poseconvert.metrics.oks import KeypointAP
from poseconvert.metrics.ratio import draws

PEOPLE = 12


@pytest.fixture
def people():
    generator = np.random.default_rng(4)
    truth = generator.uniform(0, 200, (PEOPLE, 17, 2))
    truth[generator.random((PEOPLE, 17)) < 0.3] = np.nan
    return {
        "score": generator.random((PEOPLE, 17)),
        "truth": truth,
        "visible": np.isfinite(truth).all(axis=2) & (generator.random((PEOPLE, 17)) < 0.7),
        "area": generator.uniform(3000, 9000, PEOPLE),
    }


def off_by(people, pixels, seed=5):
    generator = np.random.default_rng(seed)
    return np.nan_to_num(people["truth"]) + generator.normal(0, pixels, people["truth"].shape)


def coco_ap(found, people):
    """The usual way: annotation and result lists, summarised."""
    annotations, results = [], []
    for index in range(PEOPLE):
        known = np.isfinite(people["truth"][index]).all(axis=1)
        flag = np.where(known, 1 + people["visible"][index], 0)
        points = np.column_stack([np.nan_to_num(people["truth"][index]), flag])
        annotations.append(
            {"id": index + 1, "image_id": index + 1, "category_id": 1, "iscrowd": 0,
             "keypoints": points.ravel().tolist(), "num_keypoints": int(known.sum()),
             "area": people["area"][index], "bbox": [0, 0, 200, 200]}
        )  # fmt: skip
        keypoints = np.column_stack([found[index], people["score"][index]])
        results.append(
            {"image_id": index + 1, "category_id": 1, "keypoints": keypoints.ravel().tolist(),
             "score": float(people["score"][index].mean())}
        )  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {"info": {}, "images": [{"id": i + 1} for i in range(PEOPLE)],
                         "annotations": annotations, "categories": [{"id": 1}]}  # fmt: skip
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[0]


@pytest.mark.parametrize("pixels", [1, 6, 12, 60])
def test_it_is_what_pycocotools_summarises(people, pixels):
    found = off_by(people, pixels)

    assert KeypointAP(found, **people).value == pytest.approx(coco_ap(found, people))


def test_perfect_poses_score_one_and_far_ones_nothing(people):
    assert KeypointAP(np.nan_to_num(people["truth"]), **people).value == pytest.approx(1)
    assert KeypointAP(off_by(people, 1e4), **people).value == 0


def test_one_pose_of_known_similarity(people):
    """Every joint off by its own sigma times sqrt(2 area ln(1 / 0.72)) * 2: OKS is 0.72."""
    one = {name: values[:1] for name, values in people.items()}
    one["truth"] = np.nan_to_num(one["truth"])
    one["visible"] = np.ones((1, 17), dtype=bool)
    sigma = np.array(
        [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107,
         0.087, 0.087, 0.089, 0.089]
    )  # fmt: skip
    away = 2 * sigma * np.sqrt(2 * one["area"][0] * np.log(1 / 0.72))
    found = one["truth"] + away[None, :, None] * (0.6, 0.8)

    assert KeypointAP(found, **one).value == pytest.approx(5 / 10)  # holds at 0.50 to 0.70


def test_people_drawn_again_are_evaluated_as_if_the_file_held_them(people):
    found = off_by(people, 8)
    drawn = draws(PEOPLE, resamples=4)
    values = KeypointAP(found, **people).of(drawn)
    for times, value in zip(drawn.astype(int), values, strict=True):
        index = np.repeat(np.arange(PEOPLE), times)
        again = {name: values[index] for name, values in people.items()}
        assert value == pytest.approx(KeypointAP(found[index], **again).value)
    assert np.ptp(values) > 0


def test_a_pose_that_was_not_found_is_no_error(people):
    found = off_by(people, 1)
    found[0] = np.nan

    assert 0.5 < KeypointAP(found, **people).value < 1


def test_without_pycocotools_it_says_what_to_install(people, monkeypatch):
    monkeypatch.setitem(sys.modules, "pycocotools.coco", None)
    with pytest.raises(DatasetError, match=r'pip install "poseconvert\[datasets\]"'):
        KeypointAP(off_by(people, 1), **people)
