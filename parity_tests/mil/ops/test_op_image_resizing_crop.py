from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.image_resizing.crop import crop
from poseconvert.mil.ops.image_resizing.crop_resize import (
    crop_resize_ios15,
    crop_resize_ios16,
    crop_resize_ios17,
)
from poseconvert.mil.ops.image_resizing.resize_bilinear import resize_bilinear

MODES = ("DEFAULT", "STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "OFFSET_CORNERS", "UNALIGN_CORNERS")
SQUARE = np.arange(1, 17, dtype=np.float32).reshape(1, 1, 4, 4)


def pictures(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@given(st.data())
def test_crop_cuts_from_both_ends(data):
    x = pictures(2, 1, 5, 6)
    top, left = data.draw(st.integers(0, 5)), data.draw(st.integers(0, 6))
    bottom, right = data.draw(st.integers(0, 5 - top)), data.draw(st.integers(0, 6 - left))
    got = crop(x=x, crop_height=np.array([top, bottom]), crop_width=np.array([left, right]))
    wanted = np.delete(x, [*range(top), *range(5 - bottom, 5)], axis=2)
    wanted = np.delete(wanted, [*range(left), *range(6 - right, 6)], axis=3)
    np.testing.assert_array_equal(got, wanted)


def tensorflow_crop_and_resize(x, box, rows, columns, outside):
    """One picture [H, W] and one box in elements, as the loops of TensorFlow's CPU kernel."""
    height, width = x.shape
    y = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            at = []
            for k, count, start, end in ((i, rows, 0, 2), (j, columns, 1, 3)):
                step = (box[end] - box[start]) / (count - 1) if count > 1 else 0
                middle = 0.5 * (box[start] + box[end])
                at.append(box[start] + k * step if count > 1 else middle)
            if not (0 <= at[0] <= height - 1 and 0 <= at[1] <= width - 1):
                y[i, j] = outside
                continue
            top, left = floor(at[0]), floor(at[1])
            down, across = at[0] - top, at[1] - left
            below, right = min(top + 1, height - 1), min(left + 1, width - 1)
            upper = x[top, left] + (x[top, right] - x[top, left]) * across
            lower = x[below, left] + (x[below, right] - x[below, left]) * across
            y[i, j] = upper + (lower - upper) * down
    return y


# A box from 1 to its end, read at some points of a ramp: the documented grids with
# Xin = end - 1 + 1, worked out by hand.
FRACTIONAL = [
    ("OFFSET_CORNERS", 1.5, [1.25, 1.5]),
    ("OFFSET_CORNERS", 3.0, [1.5, 2.5]),
    ("DEFAULT", 2.5, [1, 2.25]),
    ("UNALIGN_CORNERS", 2.5, [1.125, 2.375]),
    ("ALIGN_CORNERS", 2.5, [1, 2.5]),
    ("ALIGN_CORNERS", 2.5, [1.75]),
    ("STRICT_ALIGN_CORNERS", 2.5, [1]),
]


@pytest.mark.parametrize(("mode", "end", "wanted"), FRACTIONAL)
def test_fractional_boxes_follow_the_documented_grids(mode, end, wanted):
    got = crop_resize_ios17(
        x=np.arange(4, dtype=np.float32).reshape(1, 1, 1, 4),
        boxes=np.array([[0, 1, 0, end]], np.float32),
        target_width=len(wanted),
        sampling_mode=mode,
    )
    np.testing.assert_allclose(got[0, 0, 0], wanted, rtol=1e-6)


edge = st.integers(-8, 24).map(lambda n: n / 4)  # exact, so that borders are met exactly


@given(
    st.lists(st.tuples(edge, edge, edge, edge, st.integers(0, 1)), min_size=1, max_size=3),
    st.integers(1, 5),
    st.integers(1, 5),
    st.sampled_from([0.0, 7.0]),
)
def test_aligned_corners_are_tensorflows_crop_and_resize(boxes, rows, columns, outside):
    x = pictures(2, 2, 4, 5)
    wanted = [
        [tensorflow_crop_and_resize(x[b, c], box, rows, columns, outside) for c in range(2)]
        for *box, b in boxes
    ]
    numbers = np.array(boxes, np.float32)
    common = {
        "x": x,
        "target_height": rows,
        "target_width": columns,
        "sampling_mode": "ALIGN_CORNERS",
        "pad_value": outside,
    }
    got = crop_resize_ios17(
        boxes=numbers[:, :4], box_indices=numbers[:, 4].astype(np.int32), **common
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)
    roi = numbers[:, [4, 0, 1, 2, 3]].reshape(-1, 1, 5, 1, 1)
    np.testing.assert_array_equal(crop_resize_ios16(roi=roi, **common)[:, 0], got)


@pytest.mark.parametrize("mode", MODES)
@given(st.data(), st.integers(1, 6), st.integers(1, 6))
def test_a_box_of_whole_elements_is_cropped_then_resized(mode, data, rows, columns):
    x = pictures(1, 2, 5, 6)
    top, bottom = sorted(data.draw(st.integers(0, 4)) for _ in "ab")
    left, right = sorted(data.draw(st.integers(0, 5)) for _ in "ab")
    wanted = resize_bilinear(
        x=x[:, :, top : bottom + 1, left : right + 1],
        target_size_height=rows,
        target_size_width=columns,
        sampling_mode=mode,
    )
    common = {"target_height": rows, "target_width": columns, "sampling_mode": mode}
    box = np.array([[top, left, bottom, right]], np.float32)
    got = crop_resize_ios17(x=x, boxes=box, **common)
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5)
    from_below = np.array([[4 - top, left, 4 - bottom, right]], np.float32)
    flipped = crop_resize_ios17(x=x[:, :, ::-1], boxes=from_below, **common)
    np.testing.assert_allclose(flipped, wanted, rtol=1e-5, atol=1e-5)


@given(st.tuples(edge, edge, edge, edge), st.booleans(), st.sampled_from([0.5, 2.0]))
def test_every_way_to_write_a_box_means_the_same(box, normalised, scale):
    x = pictures(1, 1, 5, 9)
    top, left, bottom, right = box
    middle = [(top + bottom) / 2, (left + right) / 2, bottom - top, right - left]
    ways = {
        "CORNERS_HEIGHT_FIRST": box,
        "CORNERS_WIDTH_FIRST": [left, top, right, bottom],
        "CENTER_SIZE_HEIGHT_FIRST": middle,
        "CENTER_SIZE_WIDTH_FIRST": [middle[1], middle[0], middle[3], middle[2]],
    }
    common = {"x": x, "target_height": 3, "target_width": 4, "sampling_mode": "ALIGN_CORNERS"}
    wanted = crop_resize_ios17(boxes=np.array([box], np.float32), **common)
    for mode, numbers in ways.items():
        sizes = [8, 4, 8, 4] if "WIDTH_FIRST" in mode else [4, 8, 4, 8]
        boxes = np.array([numbers]) / scale / (sizes if normalised else 1)
        got = crop_resize_ios17(
            boxes=boxes.astype(np.float32),
            box_coordinate_mode=mode,
            spatial_scale=scale,
            normalized_coordinates=normalised,
            **common,
        )
        np.testing.assert_array_equal(got, wanted)


def test_a_box_without_a_picture_is_cut_from_every_one():
    x = pictures(3, 2, 4, 4)
    boxes = np.array([[0, 0, 3, 3], [1, 1, 2, 3]], np.float32)
    got = crop_resize_ios15(x=x, roi=boxes.reshape(2, 1, 4, 1, 1), target_height=2, target_width=3)
    assert got.shape == (2, 3, 2, 2, 3)
    for n in range(2):
        for b in range(3):
            wanted = crop_resize_ios17(
                x=x[b : b + 1], boxes=boxes[n : n + 1], target_height=2, target_width=3
            )
            np.testing.assert_array_equal(got[n, b], wanted[0])


# coremltools' own expectations: (roi, normalised, mode, outside) -> 2 x 2 crop of SQUARE.
PUBLISHED = [
    ([1, 1, 2, 2], False, "ALIGN_CORNERS", 0, [6, 7, 10, 11]),
    ([2, 2, 1, 1], False, "ALIGN_CORNERS", 0, [11, 10, 7, 6]),
    ([0.1, 0.3, 1.3, 1.0], True, "ALIGN_CORNERS", 9, [3.1, 5.2, 9, 9]),
    ([0.5, 1.8, 1.0, 0.3], True, "ALIGN_CORNERS", 9, [9, 7.9, 9, 13.9]),
    ([0.0, 0.4, 0.6, 0.7], True, "ALIGN_CORNERS", 9, [2.2, 3.1, 9.4, 10.3]),
    ([2, 2, 1, 1], True, "UNALIGN_CORNERS", 0, [3.5, 5.5, 11.5, 13.5]),
]


@pytest.mark.parametrize(("box", "normalised", "mode", "outside", "wanted"), PUBLISHED)
def test_published_crops(box, normalised, mode, outside, wanted):
    got = crop_resize_ios16(
        x=SQUARE,
        roi=np.array(box, np.float32).reshape(1, 1, 4, 1, 1),
        target_height=2,
        target_width=2,
        normalized_coordinates=normalised,
        sampling_mode=mode,
        pad_value=outside,
    )
    np.testing.assert_allclose(got.reshape(-1), wanted, rtol=1e-5)


def test_a_box_that_is_no_number_reads_padding():
    got = crop_resize_ios17(
        x=SQUARE, boxes=np.array([[np.nan, 0, 1, np.inf]], np.float32), pad_value=3
    )
    assert got.tolist() == [[[[3]]]]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"boxes": np.ones((1, 5))}, "cannot be resized"),
        ({"x": SQUARE[0]}, "cannot be resized"),
        ({"box_indices": np.array([1])}, "x \\(1, 1, 4, 4\\) has 1"),
        ({"box_indices": np.array([0, 0])}, "cannot be resized"),
        ({"target_height": 0}, "cannot be resized"),
        ({"target_height": 2**30}, "is refused"),
        ({"box_coordinate_mode": "XYWH"}, 'unknown box_coordinate_mode "XYWH"'),
        ({"sampling_mode": "NEAREST"}, 'unknown sampling_mode "NEAREST"'),
    ],
)
def test_boxes_that_do_not_fit_are_refused(change, text):
    fitting = {"x": SQUARE, "boxes": np.ones((1, 4), np.float32)}
    with pytest.raises(ValueError, match=text):
        crop_resize_ios17(**{**fitting, **change})


def test_a_roi_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"roi \(1, 4\) is not"):
        crop_resize_ios15(x=SQUARE, roi=np.ones((1, 4), np.float32))


@pytest.mark.parametrize("amount", [[1], [-1, 0], [3, 2]])
def test_crops_that_do_not_fit_are_refused(amount):
    with pytest.raises(ValueError, match="do not fit x"):
        crop(x=SQUARE, crop_height=np.array([0, 0]), crop_width=np.array(amount))
