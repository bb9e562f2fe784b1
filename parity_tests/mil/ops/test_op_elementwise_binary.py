"""Binary ops against torch in float64, or Python's integers."""

import math
import operator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, mutually_broadcastable_shapes

from poseconvert.mil.executor.registry import find

pairs = mutually_broadcastable_shapes(num_shapes=2, max_dims=5, max_side=3)


def kernel(name):
    return find(name, "CoreML8").kernel


FLOATS = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "real_div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "pow": torch.pow,
}
QUARTERS = st.integers(-16, 16).map(
    lambda n: n / 4
)  # quotients of these are exact or far from whole
ROUNDED_DOWN = {
    "floor_div": lambda x, y: torch.floor(x / y),
    "mod": lambda x, y: x - torch.floor(x / y) * y,
}
COMPARISONS = {
    "equal": operator.eq,
    "not_equal": operator.ne,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
}
LOGIC = {
    "logical_and": lambda x, y: x and y,
    "logical_or": lambda x, y: x or y,
    "logical_xor": lambda x, y: x is not y,
}
FITS = st.integers(-1000, 1000)
INTEGERS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "maximum": max,
    "minimum": min,
    "floor_div": lambda x, y: x // y if y else 0,
    "mod": lambda x, y: x % y if y else 0,
    "real_div": lambda x, y: (
        (abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1))
        if y
        else ((x > 0) * (2**31 - 1) - (x < 0) * 2**31)
    ),
    **COMPARISONS,
}


def draw_pair(data, dtype, first, second):
    shapes = data.draw(pairs)
    x = data.draw(arrays(dtype, shapes.input_shapes[0], elements=first))
    return x, data.draw(arrays(dtype, shapes.input_shapes[1], elements=second)), shapes.result_shape


def one_by_one(function, x, y, shape):
    """Apply a function of two Python numbers to each pair of a broadcast."""
    spread = (np.broadcast_to(side, shape).reshape(-1).tolist() for side in (x, y))
    return [function(a, b) for a, b in zip(*spread, strict=True)]


@pytest.mark.parametrize("name", FLOATS)
@settings(max_examples=20)
@given(data=st.data())
def test_floats_broadcast_and_compute_as_torchs_float64(name, data):
    x, y, shape = draw_pair(
        data, np.float32, st.floats(-30, 30, width=32), st.floats(-4, 4, width=32)
    )
    wanted = FLOATS[name](torch.from_numpy(x).double(), torch.from_numpy(y).double())
    got = kernel(name)(x=x, y=y)
    assert got.dtype == np.float32
    assert got.shape == shape
    np.testing.assert_allclose(got, wanted.float().numpy(), rtol=1e-5, atol=1e-35)


@pytest.mark.parametrize("name", ROUNDED_DOWN)
@settings(max_examples=20)
@given(data=st.data())
def test_quotients_are_rounded_down(name, data):
    x, y, shape = draw_pair(data, np.float32, QUARTERS, QUARTERS.filter(bool))
    wanted = ROUNDED_DOWN[name](torch.from_numpy(x).double(), torch.from_numpy(y).double())
    got = kernel(name)(x=x, y=y)
    assert got.dtype == np.float32
    assert got.shape == shape
    np.testing.assert_array_equal(got, wanted.numpy())


@pytest.mark.parametrize("name", INTEGERS)
@settings(max_examples=20)
@given(data=st.data())
@np.errstate(all="ignore")
def test_integers_compute_as_pythons(name, data):
    """And 0 as divisor: floor_div and mod give 0, real_div the limits."""
    x, y, shape = draw_pair(data, np.int32, FITS, FITS)
    got = kernel(name)(x=x, y=y)
    assert got.dtype == (np.bool_ if name in COMPARISONS else np.int32)
    assert got.shape == shape
    assert got.reshape(-1).tolist() == one_by_one(INTEGERS[name], x, y, shape)


@given(data=st.data())
def test_powers_of_integers_are_exact(data):
    x, y, shape = draw_pair(data, np.int32, st.integers(-7, 7), st.integers(0, 10))
    got = kernel("pow")(x=x, y=y)
    assert got.dtype == np.int32
    assert got.reshape(-1).tolist() == one_by_one(operator.pow, x, y, shape)


def test_a_negative_power_of_an_integer_is_refused():
    with pytest.raises(ValueError, match="negative integer powers"):
        kernel("pow")(x=np.array([2], np.int32), y=np.array([-1], np.int32))


@pytest.mark.parametrize("name", COMPARISONS)
@settings(max_examples=20)
@given(data=st.data())
def test_floats_compare_as_pythons(name, data):
    few = st.sampled_from([-1.5, 0.0, -0.0, 2.0, math.inf, math.nan])
    x, y, shape = draw_pair(data, np.float32, few, few)
    got = kernel(name)(x=x, y=y)
    assert got.dtype == np.bool_
    assert got.shape == shape
    assert got.reshape(-1).tolist() == one_by_one(COMPARISONS[name], x, y, shape)


@pytest.mark.parametrize("name", LOGIC)
@settings(max_examples=20)
@given(data=st.data())
def test_logic_is_pythons(name, data):
    x, y, shape = draw_pair(data, np.bool_, st.booleans(), st.booleans())
    got = kernel(name)(x=x, y=y)
    assert got.dtype == np.bool_
    assert got.shape == shape
    assert got.reshape(-1).tolist() == one_by_one(LOGIC[name], x, y, shape)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_nan_wins(name):
    x, y = np.array([np.nan, 1], np.float32), np.array([1, np.nan], np.float32)
    assert np.isnan(kernel(name)(x=x, y=y)).all()


@pytest.mark.parametrize("name", [*FLOATS, *ROUNDED_DOWN])
def test_scalar_constants_keep_the_other_sides_dtype(name):
    """Constants arrive as float32 scalars, or as Python integers."""
    floats, whole = np.array([2, 3], np.float32), np.array([2, 3], np.int32)
    assert kernel(name)(x=floats, y=np.array(2, np.float32)).dtype == np.float32
    assert kernel(name)(x=whole, y=2).dtype == np.int32
    assert kernel(name)(x=3, y=whole).dtype == np.int32
    assert kernel(name)(x=np.array(3, np.float32), y=np.array(2, np.float32)).shape == ()


@pytest.mark.parametrize("name", [*FLOATS, *ROUNDED_DOWN, *COMPARISONS, *LOGIC])
def test_shapes_that_do_not_broadcast_are_refused(name):
    x, y = np.ones((2, 3), np.float32), np.ones((2, 2), np.float32)
    with pytest.raises(ValueError, match="shape mismatch"):
        kernel(name)(x=x, y=y)


@pytest.mark.parametrize("name", [*FLOATS, *ROUNDED_DOWN, *COMPARISONS, *LOGIC])
def test_a_broadcast_too_large_for_memory_is_refused(name):
    x = np.ones((2**17, 1), np.float32)
    with pytest.raises(ValueError, match="is refused"):
        kernel(name)(x=x, y=x.T)


def test_integers_divide_in_a_program(run):
    x, y = np.array([[7, -7, 5]], np.int32), np.array([[2], [0]], np.int32)
    got = run(lambda mb, x, y: mb.real_div(x=x, y=y, name="z"), x, y, dtype="int32")
    assert got.tolist() == [[3, -3, 2], [2**31 - 1, -(2**31), 2**31 - 1]]
