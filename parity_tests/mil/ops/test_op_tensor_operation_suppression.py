import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.tensor_operation.non_maximum_suppression import (
    non_maximum_suppression_ios15,
    non_maximum_suppression_ios17,
)


def interval(centre, size):
    return centre - size / 2, centre + size / 2


def iou(a, b):
    """Intersection over union of two boxes, number by number."""
    shared = 1.0
    for axis in (0, 1):
        (a0, a1), (b0, b1) = interval(a[axis], a[axis + 2]), interval(b[axis], b[axis + 2])
        shared *= max(0.0, min(a1, b1) - max(a0, b0))
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / union if union > 0 else 0.0


def plainly_suppressed(boxes, scores, iou_threshold, score_threshold, most, per_class):
    """Judge every pair: a box stays when no better box that stayed covers it."""
    best = [max(row) for row in scores]
    classes = [row.index(max(row)) for row in scores]
    order = sorted(range(len(boxes)), key=lambda i: (-best[i], i))
    stayed = []
    for i in order:
        rivals = [j for j in stayed if not per_class or classes[i] == classes[j]]
        covered = any(iou(boxes[i], boxes[j]) > iou_threshold for j in rivals)
        if best[i] >= score_threshold and not covered:
            stayed.append(i)
    return (stayed or order[:1])[:most]


@st.composite
def pictures(draw):
    """Boxes on a coarse grid, so that many overlap alike, and scores, so that many tie."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    count, classes, batch = (
        draw(st.integers(1, 12)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 2)),
    )
    centres = rng.integers(0, 6, (batch, count, 2))
    sizes = rng.integers(0, 4, (batch, count, 2)) * 2
    boxes = np.concatenate([centres, sizes], axis=-1).astype(np.float32)
    return boxes, rng.integers(0, 8, (batch, count, classes)).astype(np.float32)


@given(
    pictures(),
    st.sampled_from([0.0, 0.1, 0.31, 0.55, 1.0]),
    st.sampled_from([-1.0, 3.0, 5.0, 99.0]),
    st.integers(1, 14),
    st.booleans(),
)
def test_suppression_is_the_plain_quadratic_one(picture, iou_threshold, least, most, per_class):
    boxes, scores = picture
    kept, kept_scores, indices, counts = non_maximum_suppression_ios15(
        boxes=boxes,
        scores=scores,
        iou_threshold=iou_threshold,
        score_threshold=least,
        max_boxes=most,
        per_class_suppression=per_class,
    )
    for n in range(len(boxes)):
        wanted = plainly_suppressed(
            boxes[n].tolist(), scores[n].tolist(), iou_threshold, least, most, per_class
        )
        spare = most - len(wanted)
        assert counts[n] == len(wanted)
        assert indices[n].tolist() == wanted + [-1] * spare
        np.testing.assert_array_equal(kept[n, : len(wanted)], boxes[n, wanted])
        np.testing.assert_array_equal(kept_scores[n, : len(wanted)], scores[n, wanted])
        assert not kept[n, len(wanted) :].any()
        assert not kept_scores[n, len(wanted) :].any()


@given(pictures(), st.sampled_from([0.0, 0.31, 1.0]), st.integers(1, 14), st.booleans())
def test_ios17_is_ios15_with_boxes_last_and_no_score_too_low(picture, threshold, most, per_class):
    boxes, scores = picture
    common = {
        "iou_threshold": threshold,
        "max_boxes": most,
        "per_class_suppression": per_class,
    }
    wanted = non_maximum_suppression_ios15(
        boxes=boxes, scores=scores, score_threshold=-1e30, **common
    )
    got = non_maximum_suppression_ios17(
        boxes=boxes.transpose(0, 2, 1), scores=scores.transpose(0, 2, 1), **common
    )
    assert len(got) == 3
    np.testing.assert_array_equal(got[0], wanted[0].transpose(0, 2, 1))
    np.testing.assert_array_equal(got[1], wanted[1].transpose(0, 2, 1))
    np.testing.assert_array_equal(got[2], wanted[2])


def test_suppression_is_apples_example():
    boxes = np.repeat(np.arange(4, dtype=np.float32), 4).reshape(1, 4, 4)
    scores = np.array([[[-3.5], [9.4], [2.3], [0.7]]], np.float32)
    kept, kept_scores, indices, counts = non_maximum_suppression_ios15(
        boxes=boxes,
        scores=scores,
        iou_threshold=0.2,
        score_threshold=0.4,
        max_boxes=2,
        per_class_suppression=True,
    )
    assert kept.tolist() == [[[1.0] * 4, [2.0] * 4]]
    np.testing.assert_array_equal(kept_scores[0, :, 0], np.float32([9.4, 2.3]))
    assert (indices.tolist(), counts.tolist()) == ([[1, 2]], [2])


def test_where_no_score_suffices_the_best_box_stays_alone():
    _, _, indices, counts = non_maximum_suppression_ios15(
        boxes=np.ones((1, 3, 4), np.float32),
        scores=np.array([[[1], [3], [2]]], np.float32),
        iou_threshold=0.5,
        score_threshold=9.0,
        max_boxes=2,
    )
    assert (indices.tolist(), counts.tolist()) == ([[1, -1]], [1])


def test_boxes_that_do_not_fit_or_fill_memory_are_refused():
    fitting = {"iou_threshold": 0.5, "score_threshold": 0.0, "max_boxes": 2}
    for boxes, scores in (((1, 3, 4), (1, 2, 1)), ((1, 3, 5), (1, 3, 1)), ((1, 0, 4), (1, 0, 1))):
        with pytest.raises(ValueError, match="do not fit"):
            non_maximum_suppression_ios15(boxes=np.zeros(boxes), scores=np.zeros(scores), **fitting)
    with pytest.raises(ValueError, match="is refused"):
        non_maximum_suppression_ios15(
            boxes=np.zeros((1, 3, 4)), scores=np.zeros((1, 3, 1)), **{**fitting, "max_boxes": 2**28}
        )
