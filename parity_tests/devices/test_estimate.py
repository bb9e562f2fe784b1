"""Means and ratios over runs."""

import numpy as np
import pytest

from poseconvert.devices.estimate import mean_of, ratio_of


def test_nothing_is_said_about_no_runs():
    assert mean_of([]) is None
    assert ratio_of([], [1.0]) is None
    assert ratio_of([1.0], []) is None
    assert ratio_of([1.0], [0.0]) is None


def test_fewer_than_three_runs_have_no_interval():
    found = mean_of([10.0, 20.0])
    assert (found.value, found.low, found.high, found.runs) == (15.0, None, None, 2)
    assert ratio_of([30.0] * 3, [10.0] * 2).low is None


def test_the_interval_of_a_mean_is_a_bootstrap_over_runs():
    values = [38.0, 40.0, 45.0]
    found = mean_of(values)
    rng = np.random.default_rng(7)
    means = rng.choice(values, (20_000, 3)).mean(axis=1)
    assert found.low == pytest.approx(np.quantile(means, 0.025), abs=0.4)
    assert found.high == pytest.approx(np.quantile(means, 0.975), abs=0.4)
    assert found.low <= found.value <= found.high


def test_the_sides_of_a_ratio_are_drawn_apart():
    """Drawn together, equal sides would give exactly 1 in every sample."""
    values = [10.0, 11.0, 14.0]
    found = ratio_of(values, values)
    assert found.value == 1
    assert found.low < 0.9
    assert found.high > 1.1


def test_equal_runs_give_an_interval_without_width():
    found = ratio_of([40.0] * 3, [20.0] * 3)
    assert (found.value, found.low, found.high) == (2, 2, 2)
