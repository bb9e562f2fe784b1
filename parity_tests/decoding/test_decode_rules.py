"""Bands, NaN, logits and refusals of the decoder, by hand."""

import dataclasses
import math

import numpy as np
import pytest

from poseconvert.decoding import DecodeSpec, decode, specs
from poseconvert.errors import DecodeError

NAN = math.nan


def spec_1d(**change):
    base = DecodeSpec(
        skeleton="numbered_1", joints=1, grid=(1, 4), stride=(16, 16), size=(16, 64),
        heatmap="h", refinement="none",
    )  # fmt: skip
    return dataclasses.replace(base, **change)


def row(*values, dtype=np.float32):
    return {"h": np.array(values, dtype=dtype).reshape(1, 1, 1, -1)}


def test_bands_by_hand():
    spec = dataclasses.replace(spec_1d(), joints=5, skeleton="numbered_5", threshold=0.1)
    tops = np.array([0.5, 0.4999, 0.100001, 0.1, -3], np.float64)
    heatmap = np.full((1, 5, 1, 4), -5.0)
    heatmap[0, :, 0, 2] = tops
    pose = decode({"h": heatmap}, spec)
    assert pose.visible.tolist() == [[True, False, False, False, False]]
    assert pose.occluded.tolist() == [[False, True, True, False, False]]
    assert pose.absent.tolist() == [[False, False, False, True, True]]
    assert pose.cell.tolist() == [[2, 2, 2, -1, -1]]


def test_logits_that_tie_after_the_sigmoid_do_not_tie_before_it():
    pose = decode(row(8.5, 12, 40, 39, dtype=np.float16), spec_1d(activation="logit"))
    assert (pose.cell.item(), pose.score.item()) == (2, pytest.approx(1))


def test_a_logit_threshold_is_a_probability():
    spec = spec_1d(activation="logit", threshold=0.25)
    assert decode(row(-9, -1.2, -9, -9), spec).absent.item()  # sigmoid 0.23
    assert decode(row(-9, -1.0, -9, -9), spec).occluded.item()  # sigmoid 0.27


def test_logits_of_minus_infinity_are_absent_without_a_warning(recwarn):
    assert decode(row(-np.inf, -np.inf, NAN, -1e30), spec_1d(activation="logit")).absent.item()
    assert not recwarn


def test_a_nan_in_front_does_not_hide_the_peak_of_its_joint_or_others():
    spec = spec_1d(joints=2, skeleton="numbered_2")
    heatmap = np.array([[[NAN, 0.2, NAN, 0.9]], [[0.1, 0.3, 0.3, 0.0]]])[None]
    pose = decode({"h": heatmap}, spec)
    assert pose.cell.tolist() == [[3, 1]]
    assert pose.position[..., 0].tolist() == [[48, 16]]


def test_a_nan_offset_leaves_a_present_joint_without_position():
    spec = spec_1d(refinement="offset", offset="o")
    offset = np.full((1, 2, 1, 4), NAN)
    pose = decode(row(0, 1, 0, 0) | {"o": offset}, spec)
    assert np.isnan(pose.position).all()
    assert pose.visible.item()


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_float_width_and_memory_layout_do_not_matter(dtype):
    rng = np.random.default_rng(4)
    outputs = {
        "heatmap": rng.integers(1, 50, (2, 17, 3, 4)) / 64,  # exact in float16
        "offset": rng.integers(-9, 9, (2, 34, 3, 4)).astype(np.float64),
    }
    shapes = {name: tensor.shape for name, tensor in outputs.items()}
    (spec,) = specs("posenet_probability", input_size=(33, 49), shapes=shapes)
    pose = decode(outputs, spec)
    padded = {n: np.pad(t, [(0, 0)] * 3 + [(0, 5)]).astype(dtype) for n, t in outputs.items()}
    for order in (np.ascontiguousarray, np.asfortranarray, lambda tensor: tensor):
        other = decode({n: order(t[..., :4]) for n, t in padded.items()}, spec)
        assert other.position.dtype == other.score.dtype == np.float64
        np.testing.assert_array_equal(other.position, pose.position)
        np.testing.assert_array_equal(other.score, pose.score)


def test_deeppose_by_hand():
    (spec,) = specs("deeppose", input_size=(200, 100), shapes={"out": (1, 6)})
    pose = decode({"out": np.array([[0.5, 0.25, 1.0, 0.0, NAN, 0.3]])}, spec)
    np.testing.assert_array_equal(pose.position[0], [[50, 50], [100, 0], [NAN, NAN]])
    assert pose.score.tolist() == [[1, 1, 0]]
    assert pose.cell.tolist() == [[0, 0, -1]]
    middle = dataclasses.replace(spec, centre=0.5)
    split = decode({"out": np.array([[[0.0, 0.25], [-0.5, 0.5], [0, 0]]])}, middle)
    assert split.position[0].tolist() == [[50, 150], [0, 200], [50, 100]]


OFFSET_SPEC = spec_1d(refinement="offset", offset="o")
GOOD = row(0, 1, 0, 0) | {"o": np.zeros((1, 2, 1, 4))}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"h": None}, 'output "h": not among the outputs o.'),
        ({"o": None}, 'output "o": not among the outputs h.'),
        ({"h": [[1.0]]}, 'output "h": list is not a numpy float tensor. Give float16, float32'),
        ({"h": np.ones((1, 1, 1, 4), np.int32)}, 'output "h": int32 is not a numpy float tensor'),
        ({"h": np.float32(3)}, 'output "h": float32 is not a numpy float tensor'),
        ({"h": np.array(3.0)}, "with leading N"),
        ({"h": np.ones((1, 1, 4))}, 'output "h": shape (1, 1, 4) does not fit (1, 1, 1, 4).'),
        ({"h": np.ones((1, 1, 4, 1))}, "(1, 1, 4, 1) does not fit (1, 1, 1, 4). Use the decode"),
        ({"h": np.ones((0, 1, 1, 4))}, "(0, 1, 1, 4) does not fit (N from 1, 1, 1, 4)"),
        ({"o": np.ones((1, 1, 1, 4))}, 'output "o": shape (1, 1, 1, 4) does not fit (1, 2, 1, 4)'),
        ({"o": np.ones((2, 2, 1, 4))}, 'output "o": shape (2, 2, 1, 4) does not fit (1, 2, 1, 4)'),
    ],
)
def test_outputs_that_do_not_fit_are_refused(change, message):
    outputs = {k: v for k, v in (GOOD | change).items() if v is not None}
    with pytest.raises(DecodeError) as caught:
        decode(outputs, OFFSET_SPEC)
    assert message in str(caught.value)


def test_logits_declared_probabilities_are_refused():
    with pytest.raises(DecodeError, match=r'"h": peak 3.5 is not a probability.*activation logit'):
        decode(row(0, 3.5, 0, 0), spec_1d(activation="probability"))


def test_a_flat_integral_map_has_no_peak():
    for level, side in ((0.0, 3), (7.3, 4), (-2.0, 5)):
        heatmap = np.full((1, side, side, side), level)
        heatmap = np.concatenate([heatmap, heatmap], axis=1)
        heatmap[0, 0, 0, 0] += 0.01
        (spec,) = specs("integral_3d", input_size=(16, 16), shapes={"heatmap": heatmap.shape})
        assert decode({"heatmap": heatmap}, spec).absent.tolist() == [[False, True]]
