"""Palettes: nearest values, least squares, the same every time; against an exact optimum."""

import numpy as np
import pytest

from poseconvert.stages.palette import palette


def squared_error(weight, values, indices):
    return float(((weight.reshape(-1).astype(np.float64) - values[indices]) ** 2).sum())


def least_error(weight, size):
    """The optimum in one dimension: clusters are runs of the sorted weights, chosen exactly."""
    x = np.sort(weight.reshape(-1).astype(np.float64))
    n = len(x)
    first, second = (np.concatenate([[0], np.cumsum(x**power)]) for power in (1, 2))

    def spread(i, j):
        return second[j] - second[i] - (first[j] - first[i]) ** 2 / (j - i)

    best = [0.0] + [spread(0, j) for j in range(1, n + 1)]
    for _ in range(size - 1):
        best = [0.0] + [
            min(best[i] + spread(i, j) for i in range(j) if i or j) for j in range(1, n + 1)
        ]
    return best[n]


def normal(*shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("bits", [1, 4, 6, 8])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_every_weight_gets_the_nearest_of_the_values(bits, dtype):
    weight = normal(40, 60, dtype=dtype)
    values, indices = palette(weight, bits)
    assert (values.shape, values.dtype) == ((2**bits,), weight.dtype)
    assert (indices.shape, indices.dtype) == ((weight.size,), np.uint8)
    distance = np.abs(weight.reshape(-1, 1).astype(np.float64) - values.astype(np.float64))
    chosen = distance[np.arange(weight.size), indices]
    np.testing.assert_array_equal(chosen, distance.min(axis=1))


def test_few_different_weights_are_kept_exactly():
    weight = np.array([[0.5, -1.25], [3.0, 0.5]], np.float16)
    values, indices = palette(weight, 4)
    np.testing.assert_array_equal(values[indices].reshape(weight.shape), weight)


@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_near_the_exact_optimum(seed):
    weight = normal(60, seed=seed)
    found = squared_error(weight, *palette(weight, 2))
    assert found <= 1.25 * least_error(weight, 4)


@pytest.mark.parametrize(("bits", "optimum_db"), [(4, 20.22), (6, 31.89)])
def test_normal_weights_lose_what_a_lloyd_max_quantiser_loses(bits, optimum_db):
    weight = normal(300_000)
    error = squared_error(weight, *palette(weight, bits)) / weight.size
    assert optimum_db - 0.3 < -10 * np.log10(error) < optimum_db + 0.3


def test_the_same_weight_gets_the_same_palette():
    one, other = palette(normal(5000), 6), palette(normal(5000), 6)
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def test_one_large_weight_does_not_take_the_values_of_all_others():
    weight = np.append(normal(4000), 1000).astype(np.float32)
    values, indices = palette(weight, 6)
    assert squared_error(weight[:-1], values, indices[:-1]) / 4000 < 0.05
