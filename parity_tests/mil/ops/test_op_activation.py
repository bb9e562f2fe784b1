"""Activations against formulas of one number from Python's math module, in float64."""

import math
from inspect import signature

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from poseconvert.mil.executor.registry import find

modest = st.floats(-30, 30, width=32)
tensors = arrays(np.float32, array_shapes(min_dims=0, max_dims=5, max_side=3), elements=modest)
slopes = st.floats(-4, 4, width=32)


def kernel(name, opset="CoreML8"):
    return find(name, opset).kernel


def logistic(v):
    return 1 / (1 + math.exp(-v))


def softplus(v):
    return v + math.log1p(math.exp(-v)) if v > 0 else math.log1p(math.exp(v))


WITHOUT_PARAMETERS = {
    "relu": lambda v: v if v > 0 else 0.0,
    "relu6": lambda v: sorted((0.0, v, 6.0))[1],
    "sigmoid": logistic,
    "silu": lambda v: v * logistic(v),
    "gelu": lambda v: v * 0.5 * math.erfc(-v / math.sqrt(2)),
    "softplus": softplus,
    "softsign": lambda v: v / (1 + v) if v > 0 else v / (1 - v),
}
WITH_PARAMETERS = {
    "leaky_relu": lambda v, a: v if v >= 0 else a * v,
    "elu": lambda v, a: v if v > 0 else a * math.expm1(v),
    "thresholded_relu": lambda v, a: v if v >= a else 0.0,
    "clamped_relu": lambda v, a, b: min(b, v if v >= 0 else a * v),
    "linear_activation": lambda v, a, b: a * v + b,
    "scaled_tanh": lambda v, a, b: a * math.tanh(b * v),
    "sigmoid_hard": lambda v, a, b: sorted((0.0, a * v + b, 1.0))[1],
}
GELU_MODES = {
    "TANH_APPROXIMATION": lambda v: (
        v * logistic(2 * math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)) if v > -10 else 0.0
    ),
    "SIGMOID_APPROXIMATION": lambda v: v * logistic(1.702 * v),
}


def takes_beta(name):
    return "beta" in signature(kernel(name)).parameters


def check(got, formula, x):
    wanted = np.array([formula(float(v)) for v in x.reshape(-1)]).reshape(x.shape)
    assert np.asarray(got).dtype == np.float32
    np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("name", WITHOUT_PARAMETERS)
@settings(max_examples=20)
@given(x=tensors)
def test_each_element_follows_the_formula(name, x):
    check(kernel(name)(x=x), WITHOUT_PARAMETERS[name], x)


@pytest.mark.parametrize("name", WITH_PARAMETERS)
@settings(max_examples=20)
@given(x=tensors, alpha=slopes, beta=slopes)
def test_each_element_follows_the_formula_with_its_parameters(name, x, alpha, beta):
    formula = WITH_PARAMETERS[name]
    numbers = {"alpha": alpha, "beta": beta} if takes_beta(name) else {"alpha": alpha}
    before = x.copy()
    got = kernel(name)(x=x, **{key: np.float32(value) for key, value in numbers.items()})
    check(got, lambda v: formula(v, *numbers.values()), x)
    np.testing.assert_array_equal(x, before)  # kernels that work in place must own what they change


@pytest.mark.parametrize("mode", GELU_MODES)
@settings(max_examples=20)
@given(x=tensors)
def test_gelu_has_two_approximations(mode, x):
    check(kernel("gelu")(x=x, mode=mode), GELU_MODES[mode], x)


def test_gelu_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match='unknown mode "FAST"'):
        kernel("gelu")(x=np.ones(1, np.float32), mode="FAST")


@given(x=tensors.filter(lambda x: x.ndim), axis=st.integers(-5, 4))
def test_softmax_is_exponentials_over_their_sum(x, axis):
    softmax = kernel("softmax")
    if not -x.ndim <= axis < x.ndim:
        with pytest.raises(IndexError):
            softmax(x=x, axis=axis)
        return
    powers = np.exp(x.astype(np.float64))
    wanted = powers / powers.sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(softmax(x=x, axis=axis), wanted, rtol=1e-4, atol=1e-7)


def test_softmax_of_large_numbers_does_not_overflow():
    x = np.array([88, 89, 1000], np.float32)
    assert kernel("softmax")(x=x).tolist() == [0, 0, 1]


PER_CHANNEL = {
    "prelu": lambda v, a, _: v if v > 0 else a * v,
    "softplus_parametric": lambda v, a, b: a * softplus(b * v),
}


@pytest.mark.parametrize("name", PER_CHANNEL)
@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 4, 5), (1, 3, 2, 2, 2)])
def test_channels_have_parameters_of_their_own(name, shape, rng):
    x = rng.normal(size=shape).astype(np.float32) * 10
    alpha, beta = np.array([0.5, -1, 2], np.float32), np.array([3, 1, -0.5], np.float32)
    numbers = {"alpha": alpha} if name == "prelu" else {"alpha": alpha, "beta": beta}
    got = kernel(name)(x=x, **numbers)
    assert got.shape == shape
    for c in range(3):
        check(got[:, c], lambda v, c=c: PER_CHANNEL[name](v, alpha[c], beta[c]), x[:, c])


@pytest.mark.parametrize("name", PER_CHANNEL)
@pytest.mark.parametrize("shape", [(1, 3, 2), (2,)])
def test_parameters_that_are_not_one_per_channel_are_refused(name, shape):
    numbers = {"alpha": np.ones(2, np.float32), "beta": np.ones(2, np.float32)}
    if name == "prelu":
        del numbers["beta"]
    with pytest.raises(ValueError, match="not fit"):
        kernel(name)(x=np.ones(shape, np.float32), **numbers)


@pytest.mark.parametrize("name", [*WITHOUT_PARAMETERS, *WITH_PARAMETERS])
def test_nan_stays_nan(name):
    numbers = {"alpha": np.float32(0.5)} if name in WITH_PARAMETERS else {}
    if takes_beta(name):
        numbers["beta"] = np.float32(1)
    x = np.array([np.nan, 1], np.float32)
    got = kernel(name)(x=x, **numbers)
    assert np.isnan(got).tolist() == [True, False]


@pytest.mark.parametrize("target", ["iOS15", "iOS17"])
def test_parameters_may_have_another_dtype_from_ios_17_on(run, target):
    """And in iOS 15 they have that of x; either way the numbers are these."""
    x = np.array([[-2, -0.5, 0.5, 4]], np.float32)
    dtype = np.float16 if target == "iOS17" else np.float32
    got = run(
        lambda mb, x: mb.clamped_relu(x=x, alpha=dtype(0.25), beta=dtype(3), name="y"),
        x,
        target=target,
    )
    assert got.tolist() == [[-0.5, -0.125, 0.5, 3]]
