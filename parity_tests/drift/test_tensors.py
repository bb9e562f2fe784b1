"""Tensor drift is what a scalar loop finds, and no NaN hides in it."""

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from poseconvert.drift import tensor_drift
from poseconvert.drift.tensors import HISTOGRAM_EDGES

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


def steps_between(one, two):
    """Walk from one float32 to the other, a neighbour at a time."""
    count = 0
    while one != two:
        one = np.nextafter(one, two, dtype=np.float32)
        count += 1
    return count


@given(st.floats(-(2.0**100), 2.0**100, width=32), st.integers(-40, 40))
def test_ulps_are_the_steps_from_one_float32_to_the_other(value, steps):
    moved = np.float32(value)
    for _ in range(abs(steps)):
        moved = np.nextafter(moved, np.float32(math.copysign(np.inf, steps)))
    drift = tensor_drift(np.float32([value]), np.float32([moved]))
    assert drift.ulp_max == drift.ulp_median == steps_between(np.float32(value), moved)


def test_ulps_by_hand_across_zero_and_in_the_middle():
    least = float(np.finfo(np.float32).smallest_subnormal)
    across = tensor_drift(np.float32([-least, 0.0, 1.0]), np.float32([least, -0.0, 1.0]))
    assert (across.ulp_max, across.ulp_median) == (2, 0)
    ends = tensor_drift(np.float32([3.4028235e38]), np.float32([-3.4028235e38]))
    assert ends.ulp_max == 2 * 0x7F7FFFFF
    four = tensor_drift(np.float32([1, 1, 1, 1]), 1 + np.float32([0, 1, 2, 9]) * 2**-23)
    assert (four.ulp_max, four.ulp_median) == (9, 1), "the lower one of two middles"


@given(pairs())
def test_cosine_is_that_of_a_scalar_loop(pair):
    a, b = (x.ravel().tolist() for x in pair)
    lengths = math.dist(a, [0] * len(a)) * math.dist(b, [0] * len(b))
    product = math.fsum(x * y for x, y in zip(a, b, strict=True))
    expected = product / lengths if lengths else math.nan
    assert tensor_drift(*pair).cosine == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_cosine_tells_direction_not_size():
    one = np.array([3.0, 4.0])
    found = [tensor_drift(one, other).cosine for other in (one * 1e200, -one, one[::-1] * [1, -1])]
    assert found == pytest.approx([1, -1, 0])


def test_outliers_are_those_beyond_ten_times_the_mean_difference():
    reference, candidate = np.zeros(1000), np.full(1000, 0.5)
    candidate[[3, 500]] = 6.0, 5.0  # the mean is about 0.51
    assert tensor_drift(reference, candidate).outliers == 0.001
    noise = np.random.default_rng(0).normal(size=100_000)
    assert tensor_drift(noise * 0, noise).outliers == 0
    one = noise.copy()
    one[77] += 1
    assert tensor_drift(noise, one).outliers == 1e-5
    assert tensor_drift(noise, noise).outliers == 0


@given(pairs())
def test_the_histogram_counts_every_value_once_where_it_belongs(pair):
    drift = tensor_drift(*pair)
    gaps = np.abs(pair[0].astype(float) - pair[1]).ravel()
    spread = np.ptp(pair[0].astype(float)) or np.abs(pair[0]).max()
    edges = [0.0, *(edge * spread for edge in HISTOGRAM_EDGES), math.inf]
    expected = [(gaps == 0).sum()]
    for low, high in pairwise(edges):
        expected.append(((gaps > 0) & (gaps >= low) & (gaps < high)).sum())
    if spread:
        assert drift.histogram == tuple(expected)
    assert sum(drift.histogram) == drift.elements


def test_a_histogram_by_hand():
    reference = np.linspace(0, 1, 11)
    drift = tensor_drift(reference, reference + np.array([0] * 8 + [3e-4, 0.02, 5]))
    assert drift.histogram == (8, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1)
    against_zero = tensor_drift(np.zeros(3), np.array([0, 1e-30, 1]))
    assert against_zero.histogram == (1, *[0] * 9, 2)


def test_the_side_of_a_value_that_is_not_finite_is_told():
    nan, inf = math.nan, math.inf
    reference = np.array([1, nan, 2, inf, 3, nan])
    candidate = np.array([nan, nan, inf, 5, 3, 4])
    drift = tensor_drift(reference, candidate)
    assert (drift.non_finite, drift.only_reference, drift.only_candidate) == (5, 2, 2)
    assert (drift.ulp_max, drift.worst) == (0, (4,))
    everywhere = tensor_drift(np.full(3, nan), np.zeros(3))
    assert (everywhere.only_reference, everywhere.only_candidate) == (3, 0)


@pytest.mark.parametrize("lost", [False, True])
def test_blocks_join_without_a_seam(lost):
    """Longer than a block: the figures are those of the whole."""
    generator = np.random.default_rng(5)
    reference = generator.normal(size=200_001).astype(np.float32).reshape(3, 66_667)
    candidate = reference + generator.normal(size=reference.shape).astype(np.float32) * 1e-3
    candidate[2, 66_000] += 9
    if lost:
        candidate[1, 5] = math.nan
    drift = tensor_drift(reference, candidate)
    gaps = np.abs(candidate.astype(float) - reference)
    good = np.isfinite(gaps)
    assert drift.worst == (2, 66_000)
    assert drift.mean_abs == pytest.approx(gaps[good].mean())
    assert drift.outliers == pytest.approx((gaps[good] > 10 * gaps[good].mean()).mean())
    rms = math.sqrt(np.square(gaps[good]).mean())
    assert drift.psnr_db == pytest.approx(20 * math.log10(np.abs(reference[good]).max() / rms))
    assert sum(drift.histogram) == drift.elements - drift.non_finite
    assert drift.only_candidate == drift.non_finite == int(lost)
