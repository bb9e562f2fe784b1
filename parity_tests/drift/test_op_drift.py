"""Drift of values inside a network: the same numbers as ``tensor_drift``, never a silent pass."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.drift import (
    GraphDrift,
    MovedJoint,
    OpDrift,
    OpTolerance,
    ValueDrift,
    furthest,
    matters,
    tensor_drift,
)

TOLERANCE = OpTolerance(1e-3, 1e-2, "made up for the test")


def drift(relative):
    made = ValueDrift()
    made.add(np.array([0.0, 1.0]), np.array([0.0, 1.0 + relative]))
    return made


def op(depth, local=0.0, accumulated=0.0, **changes):
    given = {"local": drift(local), "accumulated": drift(accumulated), "matched": "name"}
    return OpDrift(depth, f"op{depth}", "conv", f"v{depth}", **(given | changes))


def graph(*ops):
    return GraphDrift("stage", "reference", "candidate", TOLERANCE, ops)


@given(st.integers(0, 2**32 - 1), st.sampled_from([np.float32, np.float64, np.int32]))
def test_inputs_added_one_by_one_are_measured_as_all_together(seed, dtype):
    generator = np.random.default_rng(seed)
    reference = (generator.normal(size=(3, 2, 5)) * 100).astype(dtype)
    candidate = (reference + generator.normal(size=(3, 2, 5))).astype(dtype)
    made = ValueDrift()
    for one, other in zip(reference, candidate, strict=True):
        made.add(one, other)

    expected = tensor_drift(reference, candidate)
    assert made.relative == pytest.approx(expected.relative, rel=1e-5)
    assert made.max_abs == pytest.approx(expected.max_abs, rel=1e-5)
    assert made.elements == expected.elements


def test_the_span_may_be_given_and_changes_nothing():
    reference, candidate = np.array([1.0, 3.0]), np.array([1.0, 3.5])
    apart, together = ValueDrift(), ValueDrift()
    assert apart.add(reference, candidate, span=(1.0, 3.0)) == together.add(reference, candidate)
    assert apart == together


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", ["reference", "candidate", "both"])
def test_a_value_that_is_not_finite_is_over_tolerance(bad, side):
    clean, dirty = np.array([0.0, 1.0, 2.0]), np.array([0.0, bad, 2.0])
    row = OpDrift(0, "op", "conv", "v")
    row.add(
        clean if side == "candidate" else dirty,
        accumulated=clean if side == "reference" else dirty,
        local=clean if side == "reference" else dirty,
    )
    assert math.isnan(row.accumulated.relative)
    assert row.accumulated.non_finite == 1
    assert row.over(TOLERANCE)


def test_a_bad_input_is_not_forgotten_when_a_good_one_follows():
    made = ValueDrift()
    made.add(np.array([0.0, np.nan]), np.array([0.0, 1.0]))
    made.add(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    assert math.isnan(made.relative)


def test_nothing_compared_is_no_number_and_not_measured():
    made = ValueDrift()
    assert math.isnan(made.relative)
    made.add(np.zeros((0, 3)), np.zeros((0, 3)))
    assert math.isnan(made.relative)
    assert not OpDrift(0, "op", "conv", "v").measured


def test_a_constant_reference_is_measured_by_its_magnitude():
    made = ValueDrift()
    made.add(np.full(3, 4.0), np.array([4.0, 4.0, 5.0]))
    assert made.relative == 0.25
    zero = ValueDrift()
    zero.add(np.zeros(3), np.array([0.0, 0.0, 1e-9]))
    assert zero.relative == math.inf


def test_float32_that_overflows_when_subtracted_is_infinite_not_nan():
    made = ValueDrift()
    big = np.array([3e38, 0.0], np.float32)
    made.add(big, -big)
    assert made.relative == pytest.approx(2.0)


def test_the_first_op_is_first_in_the_graph_not_the_worst():
    made = graph(op(0), op(1, accumulated=0.02), op(2, local=0.5, accumulated=0.5))
    assert made.first.depth == 1


def test_local_drift_alone_is_over_tolerance_too():
    assert graph(op(0, local=0.002, accumulated=0.002)).first is not None
    assert graph(op(0, local=0.0009, accumulated=0.009)).first is None


def test_an_unmatched_op_is_listed_and_neither_first_nor_equal():
    lost = OpDrift(1, "op", "conv", "v")
    made = graph(op(0), lost)
    assert made.unmatched == (lost,)
    assert made.first is None
    assert made.matches("name") == 1


def test_the_ops_that_matter_are_in_graph_order_with_the_first_over_tolerance():
    ops = [op(n, accumulated=0.011 + 0.001 * (n % 7)) for n in range(20)]
    nan = op(20)
    nan.accumulated.add(np.array([np.nan, 1.0]), np.array([0.0, 1.0]))
    shown = [each.depth for each in matters(graph(*ops, nan), 4)]
    assert shown == [0, 5, 6, 13, 20]  # NaN, the two largest, the next, and the first


def test_joints_are_ordered_by_visible_flips_then_distance():
    def joint(name, px, flipped=False, visible=True):
        return MovedJoint(name, "2d", "one", px, flipped, visible)

    given_joints = [
        joint("near", 1.0), joint("nan", math.nan), joint("far", 9.0),
        joint("hidden", 2.0, flipped=True, visible=False), joint("gone", math.inf, flipped=True),
    ]  # fmt: skip
    assert [one.joint for one in furthest(given_joints)] == ["gone", "hidden", "far", "near", "nan"]
