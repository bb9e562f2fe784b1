"""Activations, unary and binary ops against float64 formulas from Python's math module or torch."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, broadcastable_shapes

from poseconvert.mil.ops import activation, elementwise_binary, elementwise_unary

modest = st.floats(-30, 30, width=32)
tensors = arrays(np.float32, array_shapes(min_dims=0, max_dims=4, max_side=4), elements=modest)


def logistic(v):
    return 1 / (1 + math.exp(-v)) if v > -700 else 0.0


def gaussian_cdf(v):
    return 0.5 * math.erfc(-v / math.sqrt(2))


ONE_NUMBER = {
    "relu": (activation.relu, {}, lambda v: v if v > 0 else 0.0),
    "relu6": (activation.relu6, {}, lambda v: sorted((0.0, v, 6.0))[1]),
    "leaky_relu": (
        activation.leaky_relu,
        {"alpha": np.float32(0.1)},
        lambda v: v if v > 0 else v / 10,
    ),
    "sigmoid": (activation.sigmoid, {}, logistic),
    "sigmoid_hard": (
        activation.sigmoid_hard,
        {"alpha": np.float32(0.2), "beta": np.float32(0.5)},
        lambda v: sorted((0.0, v / 5 + 0.5, 1.0))[1],
    ),
    "silu": (activation.silu, {}, lambda v: v * logistic(v)),
    "gelu": (activation.gelu, {}, lambda v: v * gaussian_cdf(v)),
    "gelu tanh": (
        activation.gelu,
        {"mode": "TANH_APPROXIMATION"},
        lambda v: v * logistic(2 * math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)),
    ),
    "gelu sigmoid": (
        activation.gelu,
        {"mode": "SIGMOID_APPROXIMATION"},
        lambda v: v * logistic(1.702 * v),
    ),
    "elu": (
        activation.elu,
        {"alpha": np.float32(0.5)},
        lambda v: v if v > 0 else math.expm1(v) / 2,
    ),
    "softplus": (activation.softplus, {}, lambda v: math.log1p(math.exp(v))),
    "tanh": (elementwise_unary.tanh, {}, math.tanh),
    "clip": (
        elementwise_unary.clip,
        {"alpha": np.float32(-1), "beta": np.float32(2)},
        lambda v: sorted((-1.0, v, 2.0))[1],
    ),
    "exp": (elementwise_unary.exp, {}, math.exp),
    "log": (elementwise_unary.log, {"epsilon": np.float32(31)}, lambda v: math.log(v + 31)),
    "sqrt": (elementwise_unary.sqrt, {}, lambda v: math.sqrt(v) if v >= 0 else math.nan),
    "rsqrt": (elementwise_unary.rsqrt, {"epsilon": np.float32(31)}, lambda v: (v + 31) ** -0.5),
    "inverse": (elementwise_unary.inverse, {"epsilon": np.float32(31)}, lambda v: 1 / (v + 31)),
    "abs": (elementwise_unary.abs, {}, math.fabs),
    "square": (elementwise_unary.square, {}, lambda v: v * v),
    "erf": (elementwise_unary.erf, {}, math.erf),
    "floor": (elementwise_unary.floor, {}, math.floor),
    "round": (elementwise_unary.round, {}, round),  # Python rounds ties to even
}


@pytest.mark.parametrize("name", ONE_NUMBER)
@given(x=tensors)
@np.errstate(all="ignore")
def test_each_element_follows_the_formula(name, x):
    op, parameters, formula = ONE_NUMBER[name]
    wanted = np.array([formula(float(v)) for v in x.reshape(-1)]).reshape(x.shape)
    got = np.asarray(op(x=x, **parameters))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=1e-6)


@given(x=tensors.filter(lambda x: x.ndim), axis=st.integers(-4, 3))
def test_softmax_is_exponentials_over_their_sum(x, axis):
    if not -x.ndim <= axis < x.ndim:
        with pytest.raises(IndexError):
            activation.softmax(x=x, axis=axis)
        return
    powers = np.exp(x.astype(np.float64))
    wanted = powers / powers.sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(activation.softmax(x=x, axis=axis), wanted, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 3, 4, 5), (1, 3, 2, 2, 2)])
def test_prelu_scales_each_channel_by_its_own_slope(shape, rng):
    x = rng.normal(size=shape).astype(np.float32)
    alpha = np.array([0.5, -1, 2], np.float32)
    got = activation.prelu(x=x, alpha=alpha)
    for channel, slope in enumerate(alpha):
        plane = x[:, channel]
        np.testing.assert_allclose(got[:, channel], np.where(plane > 0, plane, slope * plane))


def test_prelu_refuses_slopes_that_are_not_one_per_channel():
    with pytest.raises(ValueError, match="does not fit the channels"):
        activation.prelu(x=np.ones((1, 3, 2), np.float32), alpha=np.ones(2, np.float32))


def test_gelu_refuses_an_unknown_mode():
    with pytest.raises(ValueError, match='unknown mode "FAST"'):
        activation.gelu(x=np.ones(1, np.float32), mode="FAST")


def test_ties_round_to_even_and_nan_stays_nan_through_bounds():
    x = np.array([0.5, 1.5, 2.5, -0.5], np.float32)
    assert elementwise_unary.round(x=x).tolist() == [0, 2, 2, 0]
    nan = np.array([np.nan], np.float32)
    for bounded in (activation.relu(x=nan), activation.relu6(x=nan)):
        assert np.isnan(bounded).all()


TWO_NUMBERS = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "real_div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "pow": torch.pow,
}


@pytest.mark.parametrize("name", TWO_NUMBERS)
@given(data=st.data())
@np.errstate(all="ignore")
def test_binary_ops_broadcast_as_torch_does(name, data):
    x = data.draw(tensors)
    shape = data.draw(broadcastable_shapes(x.shape, max_dims=4, max_side=4))
    y = data.draw(arrays(np.float32, shape, elements=st.floats(-4, 4, width=32)))
    wanted = TWO_NUMBERS[name](torch.from_numpy(x).double(), torch.from_numpy(y).double())
    got = getattr(elementwise_binary, name)(x=x, y=y)
    close = wanted.float().numpy()
    np.testing.assert_allclose(got, close, rtol=1e-5, atol=1e-35)


def test_a_broadcast_too_large_for_memory_is_refused():
    x = np.ones((2**17, 1), np.float32)
    with pytest.raises(ValueError, match="is refused"):
        elementwise_binary.add(x=x, y=x.T)


CASTS = [
    ("int32", [1.9, -1.9, 3e9, -3e9, math.nan], [1, -1, 2**31 - 1, -(2**31), 0]),
    ("bool", [0.0, 0.3, -2.0], [False, True, True]),
    ("int8", [127.9, 200.0, -200.0], [127, 127, -128]),
    ("uint8", [-1.0, 255.9, 300.0], [0, 255, 255]),
    ("uint16", [-1.0, 7e4], [0, 65535]),
]


@pytest.mark.parametrize(("dtype", "x", "wanted"), CASTS)
def test_casts_to_integers_cut_and_saturate(dtype, x, wanted):
    x = np.array(x, np.float32)
    assert elementwise_unary.cast_ios17(x=x, dtype=dtype).tolist() == wanted
    if dtype not in ("int32", "bool"):
        with pytest.raises(ValueError, match=f'unknown dtype "{dtype}"'):
            elementwise_unary.cast_ios15(x=x, dtype=dtype)


def test_casts_between_integers_and_to_floats_keep_the_value():
    whole = np.array([-3, 0, 7], np.int32)
    assert elementwise_unary.cast_ios15(x=whole, dtype="fp16").dtype == np.float32
    assert elementwise_unary.cast_ios17(x=whole, dtype="int8").tolist() == [-3, 0, 7]
    assert elementwise_unary.cast_ios15(x=np.array([True]), dtype="int32").tolist() == [1]
