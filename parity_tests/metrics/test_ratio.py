"""Bootstrap intervals: they hold what they promise, and pair artifacts on the same people."""

import numpy as np
import pytest

from poseconvert.metrics.ratio import Ratio, draws, interval, resampled


def test_a_ratio_is_a_sum_over_a_sum_not_a_mean_of_ratios():
    ratio = Ratio(np.array([1.0, 9.0]), np.array([1.0, 99.0]))

    assert ratio.value == 0.1
    assert ratio.of(np.array([[2.0, 0.0], [0.0, 1.0]])).tolist() == [1.0, 9 / 99]


def test_nothing_counted_is_nan():
    assert np.isnan(Ratio(np.zeros(3), np.zeros(3)).value)


def test_draws_have_as_many_people_as_there_are_and_are_the_same_each_time():
    drawn = draws(7, resamples=50)

    assert drawn.shape == (50, 7)
    assert (drawn.sum(axis=1) == 7).all()
    assert np.array_equal(drawn, draws(7, resamples=50))
    assert [len(people) for people in resampled(drawn)] == [7] * 50


def test_the_interval_is_that_of_the_binomial():
    """400 people, one joint each, 30 % right: the standard error is known."""
    right = (np.arange(400) < 120).astype(float)
    low, high = interval(Ratio(right, np.ones(400)).of(draws(400)))

    error = np.sqrt(0.3 * 0.7 / 400)
    assert low == pytest.approx(0.3 - 1.96 * error, abs=0.006)
    assert high == pytest.approx(0.3 + 1.96 * error, abs=0.006)


def test_a_change_shared_by_all_people_has_no_spread_although_the_value_has():
    drawn = draws(100)
    first = Ratio(np.arange(100.0), np.ones(100)).of(drawn)
    second = Ratio(np.arange(100.0) + 3, np.ones(100)).of(drawn)

    assert np.ptp(first) > 5
    assert interval(second - first) == pytest.approx((3, 3))
