"""Unary ops against formulas of one number from Python's math module, in float64."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from poseconvert.mil.executor.registry import find

SHAPES = array_shapes(min_dims=0, max_dims=5, max_side=3)
integer_tensors = arrays(np.int32, SHAPES, elements=st.integers(-40000, 40000))


def tensors(low, high):
    return arrays(np.float32, SHAPES, elements=st.floats(low, high, width=32))


def kernel(name, opset="CoreML8"):
    return find(name, opset).kernel


def shifted(formula, shift):
    return lambda v: formula(v + float(np.float32(shift)))


ONE_NUMBER = {
    "abs": (tensors(-(2.0**100), 2.0**100), {}, math.fabs),
    "acos": (tensors(-1, 1), {}, math.acos),
    "asin": (tensors(-1, 1), {}, math.asin),
    "atan": (tensors(-1e6, 1e6), {}, math.atan),
    "atanh": (tensors(-0.875, 0.875), {}, math.atanh),
    "ceil": (tensors(-1e6, 1e6), {}, math.ceil),
    "clip": (tensors(-9, 9), {"alpha": -1, "beta": 2}, lambda v: sorted((-1.0, v, 2.0))[1]),
    "cos": (tensors(-50, 50), {}, math.cos),
    "cosh": (tensors(-80, 80), {}, math.cosh),
    "erf": (tensors(-9, 9), {}, math.erf),
    "exp": (tensors(-80, 80), {}, math.exp),
    "exp2": (tensors(-120, 120), {}, lambda v: 2.0**v),
    "floor": (tensors(-1e6, 1e6), {}, math.floor),
    "inverse": (tensors(0, 9), {"epsilon": 0.125}, shifted(lambda v: 1 / v, 0.125)),
    "log": (tensors(0, 2.0**100), {"epsilon": 0.125}, shifted(math.log, 0.125)),
    "round": (tensors(-1e6, 1e6), {}, round),  # Python rounds ties to even
    "rsqrt": (tensors(0, 2.0**100), {"epsilon": 0.125}, shifted(lambda v: v**-0.5, 0.125)),
    "sign": (tensors(-2, 2), {}, lambda v: (v > 0) - (v < 0)),
    "sin": (tensors(-50, 50), {}, math.sin),
    "sinh": (tensors(-80, 80), {}, math.sinh),
    "sqrt": (tensors(0, 2.0**100), {}, math.sqrt),
    "square": (tensors(-(2.0**50), 2.0**50), {}, lambda v: v * v),
    "tan": (tensors(-1.5, 1.5), {}, math.tan),
    "tanh": (tensors(-9, 9), {}, math.tanh),
    "threshold": (tensors(-9, 9), {"alpha": 1.5}, lambda v: v if v > 1.5 else 1.5),
}


@pytest.mark.parametrize("name", ONE_NUMBER)
@settings(max_examples=20)
@given(data=st.data())
def test_each_element_follows_the_formula(name, data):
    inputs, parameters, formula = ONE_NUMBER[name]
    x = data.draw(inputs)
    got = kernel(name)(x=x, **{key: np.float32(value) for key, value in parameters.items()})
    wanted = np.array([float(formula(float(v))) for v in x.reshape(-1)]).reshape(x.shape)
    assert np.asarray(got).dtype == np.float32
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)


INTEGERS = {
    "abs": ({}, lambda v: -v if v < 0 else v),
    "sign": ({}, lambda v: 0 if v == 0 else v // (-v if v < 0 else v)),
    "square": ({}, lambda v: v * v),
    "threshold": ({"alpha": -7}, lambda v: v if v > -7 else -7),
    "exp2": ({}, lambda v: 0 if v < 0 else min(1 << min(v, 40), 2**31 - 1)),
}


@pytest.mark.parametrize("name", INTEGERS)
@settings(max_examples=20)
@given(x=integer_tensors)
def test_integers_stay_integers(name, x):
    parameters, formula = INTEGERS[name]
    got = np.asarray(kernel(name)(x=x, **parameters))
    assert got.dtype == np.int32
    assert got.reshape(-1).tolist() == [formula(v) for v in x.reshape(-1).tolist()]


@pytest.mark.parametrize(
    ("name", "x", "wanted"),
    [
        ("acos", [1.5, -1, 1], [math.nan, math.pi, 0]),
        ("asin", [-1.5, -1, 0], [math.nan, -math.pi / 2, 0]),
        ("atanh", [-1, 1, 2], [-math.inf, math.inf, math.nan]),
        ("atan", [-math.inf, math.inf], [-math.pi / 2, math.pi / 2]),
        ("sqrt", [-1, 0, math.inf], [math.nan, 0, math.inf]),
        ("exp", [-math.inf, 89], [0, math.inf]),
        ("sinh", [-90, 90], [-math.inf, math.inf]),
        ("cosh", [-90, 90], [math.inf, math.inf]),
        ("sign", [-math.inf, math.nan], [-1, math.nan]),
        ("round", [0.5, 1.5, 2.5, -0.5], [0, 2, 2, 0]),
        ("ceil", [-0.5, math.inf], [0, math.inf]),
    ],
)
@np.errstate(all="ignore")
def test_edges_of_the_domain(name, x, wanted):
    got = kernel(name)(x=np.array(x, np.float32))
    np.testing.assert_allclose(got, np.array(wanted), rtol=1e-6)


@np.errstate(all="ignore")
def test_epsilons_are_added_before():
    x = np.zeros(1, np.float32)
    assert kernel("inverse")(x=x)[0] == pytest.approx(1e4)
    assert kernel("rsqrt")(x=x)[0] == pytest.approx(1e6)
    assert kernel("log")(x=x)[0] == pytest.approx(math.log(2.0**-149))  # 1e-45 in float32
    assert kernel("inverse")(x=x - 1, epsilon=np.float32(1))[0] == math.inf


@given(x=arrays(np.bool_, SHAPES))
def test_logical_not_turns_each_element(x):
    got = np.asarray(kernel("logical_not")(x=x))
    assert got.dtype == np.bool_
    assert got.reshape(-1).tolist() == [not v for v in x.reshape(-1).tolist()]


def test_nan_stays_nan_through_bounds():
    x = np.array([np.nan], np.float32)
    assert np.isnan(kernel("clip")(x=x, alpha=np.float32(0), beta=np.float32(1))).all()
    assert np.isnan(kernel("threshold")(x=x, alpha=np.float32(0))).all()


def test_bounds_in_the_wrong_order_are_refused_from_ios_17_on():
    x, bounds = np.array([-1, 9], np.float32), {"alpha": np.float32(3), "beta": np.float32(2)}
    assert kernel("clip", "CoreML6")(x=x, **bounds).tolist() == [2, 2]
    with pytest.raises(ValueError, match=r"alpha 3\.0 is not below beta 2\.0"):
        kernel("clip", "CoreML7")(x=x, **bounds)


CASTS = [
    ("int32", [1.9, -1.9, 3e9, -3e9, math.nan], [1, -1, 2**31 - 1, -(2**31), 0]),
    ("bool", [0.0, 0.3, -2.0], [False, True, True]),
    ("int8", [127.9, 200.0, -200.0], [127, 127, -128]),
    ("uint8", [-1.0, 255.9, 300.0], [0, 255, 255]),
    ("int16", [-4e4, 4e4], [-32768, 32767]),
    ("uint16", [-1.0, 7e4, math.inf], [0, 65535, 65535]),
]


@pytest.mark.parametrize(("dtype", "x", "wanted"), CASTS)
def test_casts_to_integers_cut_and_saturate(dtype, x, wanted):
    x = np.array(x, np.float32)
    assert kernel("cast", "CoreML7")(x=x, dtype=dtype).tolist() == wanted
    if dtype not in ("int32", "bool"):
        with pytest.raises(ValueError, match=f'unknown dtype "{dtype}"'):
            kernel("cast", "CoreML6")(x=x, dtype=dtype)


def test_casts_between_integers_and_to_floats_keep_the_value():
    whole, cast = np.array([-3, 0, 7], np.int32), kernel("cast")
    assert cast(x=whole, dtype="fp16").dtype == np.float32
    assert cast(x=whole, dtype="int8").tolist() == [-3, 0, 7]
    assert cast(x=np.array([True]), dtype="int32").tolist() == [1]


def test_a_program_of_integers_runs_to_the_end(run):
    """exp2 makes floats, the program declares int32: the executor must get integers."""
    x = np.array([-1, 3, 31], np.int32)
    got = run(lambda mb, x: mb.exp2(x=mb.sign(x=x), name="y"), x, dtype="int32")
    assert got.dtype == np.int32
    assert got.tolist() == [0, 2, 2]
