import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.normalization import batch_norm, instance_norm, layer_norm

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def draw(*shape):
    return np.random.default_rng(len(shape)).normal(2, 3, size=shape).astype(np.float32)


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=3), st.booleans(), st.sampled_from([1e-5, 0.1])
)
def test_batch_norm_folds_to_one_factor_and_one_offset(sizes, affine, epsilon):
    x, mean, variance = draw(2, 3, *sizes), draw(3), np.abs(draw(3))
    gamma, beta = (draw(3) * 2, draw(3) + 1) if affine else (None, None)
    factor = (1 if gamma is None else gamma) / np.sqrt(variance.astype(np.float64) + epsilon)
    offset = (0 if beta is None else beta) - mean * factor
    wanted = np.stack([x[:, c] * factor[c] + offset[c] for c in range(3)], 1)
    got = batch_norm(x=x, mean=mean, variance=variance, gamma=gamma, beta=beta, epsilon=epsilon)
    np.testing.assert_allclose(got, wanted, **CLOSE)


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("affine", [False, True])
def test_instance_norm_is_torchs(shape, affine):
    x, gamma, beta = draw(*shape), draw(3), draw(3)
    weights = (torch.from_numpy(gamma), torch.from_numpy(beta)) if affine else (None, None)
    wanted = torch.nn.functional.instance_norm(
        torch.from_numpy(x), weight=weights[0], bias=weights[1], eps=1e-3
    )
    parameters = {"gamma": gamma, "beta": beta} if affine else {}
    got = instance_norm(x=x, epsilon=1e-3, **parameters)
    np.testing.assert_allclose(got, wanted.numpy(), **CLOSE)


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_layer_norm_over_trailing_axes_is_torchs(first):
    x = draw(2, 3, 4, 5)
    gamma, beta = draw(*x.shape[first:]), draw(*x.shape[first:])
    wanted = torch.nn.functional.layer_norm(
        torch.from_numpy(x), x.shape[first:], torch.from_numpy(gamma), torch.from_numpy(beta)
    )
    axes = np.arange(first, 4) - (4 if first % 2 else 0)
    got = layer_norm(x=x, axes=axes, gamma=gamma, beta=beta)
    np.testing.assert_allclose(got, wanted.numpy(), **CLOSE)


def test_layer_norm_over_a_leading_axis_is_the_trailing_one_moved():
    x, gamma = draw(2, 3, 4), draw(3)
    moved = layer_norm(x=np.moveaxis(x, 1, -1).copy(), axes=np.array([-1]), gamma=gamma)
    got = layer_norm(x=x, axes=np.array([1]), gamma=gamma)
    np.testing.assert_allclose(got, np.moveaxis(moved, -1, 1), **CLOSE)


def test_layer_norm_without_axes_takes_all():
    x = draw(2, 3)
    got = layer_norm(x=x)
    assert abs(got.mean()) < 1e-5
    assert got.std() == pytest.approx(1, abs=1e-4)
