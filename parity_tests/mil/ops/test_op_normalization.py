"""Normalizations against torch, or formulas in float64 written channel by channel."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.ops.normalization.batch_norm import batch_norm
from poseconvert.mil.ops.normalization.instance_norm import instance_norm
from poseconvert.mil.ops.normalization.l2_norm import l2_norm
from poseconvert.mil.ops.normalization.layer_norm import layer_norm
from poseconvert.mil.ops.normalization.local_response_norm import local_response_norm

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def draw(*shape):
    return np.random.default_rng(len(shape)).normal(2, 3, size=shape).astype(np.float32)


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=3)


def affine(data, *shape):
    """Draw a gamma and a beta, each of them or not."""
    gamma = draw(*shape) * 2 if data.draw(st.booleans(), "gamma") else None
    beta = draw(*shape) + 1 if data.draw(st.booleans(), "beta") else None
    return gamma, beta


@given(st.data(), SIZES, st.sampled_from([1e-5, 0.1]))
def test_batch_norm_folds_to_one_factor_and_one_offset(data, sizes, epsilon):
    x, mean, variance = draw(2, 3, *sizes), draw(3), np.abs(draw(3))
    gamma, beta = affine(data, 3)
    factor = (1 if gamma is None else gamma) / np.sqrt(variance.astype(np.float64) + epsilon)
    offset = (0 if beta is None else beta) - mean * factor
    wanted = np.stack([x[:, c] * factor[c] + offset[c] for c in range(3)], 1)
    got = batch_norm(x=x, mean=mean, variance=variance, gamma=gamma, beta=beta, epsilon=epsilon)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, wanted, **CLOSE)


@given(st.data(), SIZES, st.sampled_from([1e-5, 0.1]))
def test_instance_norm_normalizes_each_channel_of_each_image(data, sizes, epsilon):
    x = draw(2, 3, *sizes)
    gamma, beta = affine(data, 3)
    got = instance_norm(x=x, gamma=gamma, beta=beta, epsilon=epsilon)
    assert got.dtype == np.float32
    assert got.shape == x.shape
    for n in range(2):
        for c in range(3):
            plane = x[n, c].astype(np.float64)
            wanted = (plane - plane.mean()) / np.sqrt(plane.var() + epsilon)
            wanted = wanted * (1 if gamma is None else gamma[c]) + (0 if beta is None else beta[c])
            # A mean rounded in float32 is divided by a deviation that may be as small as epsilon's.
            rounded = np.abs(plane).max() * 2.0**-22 / np.sqrt(plane.var() + epsilon)
            allowed = CLOSE["atol"] + rounded * (1 if gamma is None else abs(gamma[c]))
            np.testing.assert_allclose(got[n, c], wanted, rtol=CLOSE["rtol"], atol=allowed)


@given(st.data(), st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_layer_norm_over_any_axes_is_the_formula(data, shape):
    x, rank = draw(*shape), len(shape)
    axes = data.draw(st.none() | st.lists(st.integers(0, rank - 1), min_size=1, unique=True))
    taken = range(rank) if axes is None else sorted(axes)
    gamma, beta = affine(data, *[shape[d] for d in taken])
    spread = [shape[d] if d in taken else 1 for d in range(rank)]
    wide = x.astype(np.float64)
    mean = wide.mean(axis=tuple(taken), keepdims=True)
    wanted = (wide - mean) / np.sqrt(wide.var(axis=tuple(taken), keepdims=True) + 1e-3)
    wanted = wanted * (1 if gamma is None else gamma.reshape(spread))
    wanted = wanted + (0 if beta is None else beta.reshape(spread))
    given_axes = (
        None if axes is None else np.array(axes, np.int32) - data.draw(st.sampled_from([0, rank]))
    )
    got = layer_norm(x=x, axes=given_axes, gamma=gamma, beta=beta, epsilon=1e-3)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, wanted, **CLOSE)


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


def test_layer_norm_without_axes_takes_all():
    x = draw(2, 3)
    got = layer_norm(x=x)
    assert abs(got.mean()) < 1e-5
    assert got.std() == pytest.approx(1, abs=1e-4)


def test_the_two_norms_take_the_epsilon_under_the_root():
    x = np.array([[[[3]], [[4]]]], np.float32)
    assert l2_norm(x=x, epsilon=11.0).reshape(-1).tolist() == [0.5, pytest.approx(2 / 3)]
    got = layer_norm(x=np.array([-1, 1], np.float32), epsilon=3.0)
    assert got.tolist() == [-0.5, 0.5]


@given(st.lists(st.integers(1, 4), min_size=3, max_size=5))
def test_l2_norm_takes_the_last_three_dimensions_together(shape):
    x = draw(*shape)
    got = l2_norm(x=x)
    assert got.dtype == np.float32
    assert got.shape == x.shape
    volume = math.prod(shape[-3:])
    for row, normed in zip(x.reshape(-1, volume), got.reshape(-1, volume), strict=True):
        length = math.hypot(*row.tolist(), 1e-3)
        np.testing.assert_allclose(normed, row / length, **CLOSE)


@given(
    st.integers(1, 6),
    st.lists(st.integers(1, 3), min_size=2, max_size=3),
    st.integers(1, 7),
    st.sampled_from([(1e-4, 0.75, 1.0), (0.5, 1.0, 2.0), (2.0, 0.5, 0.5)]),
)
def test_local_response_norm_counts_neighbouring_channels(channels, sizes, size, numbers):
    x, (alpha, beta, k) = draw(2, channels, *sizes), numbers
    got = local_response_norm(x=x, size=size, alpha=alpha, beta=beta, k=k)
    assert got.dtype == np.float32
    wide = x.astype(np.float64)
    for c in range(channels):
        first, last = c - size // 2, c - size // 2 + size - 1
        near = [j for j in range(channels) if first <= j <= last]
        total = sum(wide[:, j] ** 2 for j in near)
        np.testing.assert_allclose(
            got[:, c], wide[:, c] / (k + alpha / size * total) ** beta, **CLOSE
        )


def test_local_response_norm_of_three_dimensions_is_apples_example():
    """From coremltools 9.0, iOS14/test_normalization.py: the first dimension is the channel."""
    x = np.array([[[1, -7], [5, -6], [-3, -5]]], np.float32)
    wanted = [[0.99996257, -6.98716545], [4.99531746, -5.99191284], [-2.99898791, -4.99531746]]
    np.testing.assert_allclose(local_response_norm(x=x, size=2)[0], wanted, rtol=1e-6)


@pytest.mark.parametrize("size", [0, -1, 2**31 - 1])
def test_local_response_norm_refuses_a_size_it_cannot_pad(size):
    with pytest.raises(ValueError, match=r"not fit|refused"):
        local_response_norm(x=draw(1, 3, 4), size=size)


def test_parameters_of_other_sizes_and_axes_outside_are_refused():
    x, two = draw(1, 3, 4), draw(2)
    for refused in (
        lambda: batch_norm(x=x, mean=two, variance=two),
        lambda: instance_norm(x=x, gamma=two),
        lambda: layer_norm(x=x, axes=np.array([2]), gamma=two),
    ):
        with pytest.raises(RuntimeError):
            refused()
    with pytest.raises(IndexError, match="no axis 3"):
        layer_norm(x=x, axes=np.array([3]))
    with pytest.raises(ValueError, match="fewer than 3"):
        l2_norm(x=two)
    with pytest.raises(ValueError, match="no spatial"):
        instance_norm(x=draw(1, 3))


@pytest.mark.parametrize("target", ["iOS15", "iOS17"])
def test_a_program_normalizes_at_every_target(run, target):
    x = draw(1, 3, 4, 2)
    got = run(
        lambda mb, x: mb.local_response_norm(x=mb.instance_norm(x=x), size=3, name="y"),
        x,
        target=target,
    )
    plane = torch.nn.functional.instance_norm(torch.from_numpy(x))
    wanted = torch.nn.functional.local_response_norm(plane, 3)
    np.testing.assert_allclose(got, wanted.numpy(), **CLOSE)
