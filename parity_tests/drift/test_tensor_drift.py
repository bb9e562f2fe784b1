"""Tensor drift is what a scalar loop finds, and no NaN hides in it."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from poseconvert.drift import tensor_drift

shapes = arrays.array_shapes(max_dims=4, max_side=4)
finite = st.floats(-1e6, 1e6, width=32)


@st.composite
def pairs(draw, elements=finite):
    shape = draw(shapes)
    one = arrays.arrays(np.float32, shape, elements=elements)
    return draw(one), draw(one)


def by_hand(reference, candidate):
    """Largest, mean and relative difference, and PSNR, from Python floats in a loop."""
    a, b = reference.ravel().tolist(), candidate.ravel().tolist()
    gaps = [abs(x - y) for x, y in zip(a, b, strict=True)]
    spread = (max(a) - min(a)) or max(map(abs, a))
    rms = math.sqrt(statistics.fmean(gap * gap for gap in gaps))
    top = max(map(abs, a))
    if max(gaps) == 0:
        return 0, 0, 0, math.inf
    psnr = 20 * math.log10(top / rms) if top else -math.inf
    return max(gaps), statistics.fmean(gaps), max(gaps) / spread if spread else math.inf, psnr


@given(pairs())
def test_the_figures_are_those_of_a_scalar_loop(pair):
    drift = tensor_drift(*pair)
    found = (drift.max_abs, drift.mean_abs, drift.relative, drift.psnr_db)
    assert found == pytest.approx(by_hand(*pair), rel=1e-9)
    assert (drift.elements, drift.non_finite) == (pair[0].size, 0)
    assert drift.reference == pair[0][drift.worst]
    assert drift.candidate == pair[1][drift.worst]
    assert abs(drift.reference - drift.candidate) == drift.max_abs


def test_a_case_by_hand():
    reference = np.array([[0.0, 2.0], [4.0, -4.0]])
    drift = tensor_drift(reference, reference + np.array([[0.0, 1.0], [0.0, -2.0]]))
    assert (drift.max_abs, drift.mean_abs, drift.relative) == (2.0, 0.75, 0.25)
    assert drift.psnr_db == pytest.approx(20 * math.log10(4 / math.sqrt(5 / 4)))
    assert (drift.worst, drift.reference, drift.candidate) == ((1, 1), -4.0, -6.0)


@pytest.mark.parametrize("place", [(0, 0, 0, 0), (0, 7, 3, 5), (1, 23, 13, 13)])
def test_one_changed_element_is_found_where_it_is(place):
    reference = np.random.default_rng(1).normal(size=(2, 24, 14, 14)).astype(np.float32)
    candidate = reference.copy()
    candidate[place] += 0.05
    drift = tensor_drift(reference, candidate)
    assert drift.worst == place
    assert drift.max_abs == pytest.approx(0.05, rel=1e-5)


@given(pairs())
def test_drift_is_zero_only_for_equal_tensors(pair):
    reference, candidate = pair
    drift = tensor_drift(reference, candidate)
    assert (drift.max_abs == 0) == np.array_equal(reference, candidate)
    assert (drift.psnr_db == math.inf) == np.array_equal(reference, candidate)


def test_a_constant_reference_is_measured_by_its_magnitude():
    drift = tensor_drift(np.full(4, -2.0), np.full(4, -2.5))
    assert (drift.relative, drift.psnr_db) == (0.25, pytest.approx(20 * math.log10(4)))


def test_a_zero_reference_allows_no_drift_at_all():
    drift = tensor_drift(np.zeros(4), np.array([0, 0, 1e-30, 0]))
    assert (drift.relative, drift.psnr_db) == (math.inf, -math.inf)
    same = tensor_drift(np.zeros(4), np.zeros(4))
    assert (same.relative, same.psnr_db) == (0, math.inf)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("sides", ["reference", "candidate", "both"])
def test_every_value_that_is_not_finite_is_counted(bad, sides):
    reference = np.arange(6, dtype=np.float32)
    candidate = reference.copy()
    if sides != "candidate":
        reference[2] = bad
    if sides != "reference":
        candidate[2] = bad
    drift = tensor_drift(reference, candidate)
    assert (drift.non_finite, drift.max_abs) == (1, 0)
    everywhere = tensor_drift(np.full(3, bad), np.zeros(3))
    assert everywhere.non_finite == 3
    assert math.isnan(everywhere.max_abs)


def test_figures_survive_the_ends_of_float64():
    opposite = tensor_drift(np.array([1e308, 0]), np.array([-1e308, 0]))
    assert (opposite.max_abs, opposite.psnr_db) == (math.inf, -math.inf)
    tiny = tensor_drift(np.array([1.0, 0.0]), np.array([1.0, 1e-200]))
    assert tiny.psnr_db == pytest.approx(4000 + 20 * math.log10(math.sqrt(2)))


def test_float16_is_compared_without_rounding_the_difference():
    drift = tensor_drift(np.array([2048.0]), np.array([2050], np.float16))
    assert drift.max_abs == 2
