"""Reductions against numpy in float64, or Python's integers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseconvert.mil.executor.registry import find
from poseconvert.mil.ops.reduction.axes import reduce_sum_in_fp16


def kernel(name, opset="CoreML8"):
    return find(name, opset).kernel


NUMPY = {
    "reduce_mean": np.mean,
    "reduce_sum": np.sum,
    "reduce_max": np.max,
    "reduce_min": np.min,
    "reduce_prod": np.prod,
    "reduce_l1_norm": lambda x, **options: np.sum(np.where(x < 0, -x, x), **options),
    "reduce_l2_norm": lambda x, **options: np.mean(x**2, **options) ** 0.5,  # times sqrt(count)
    "reduce_sum_square": lambda x, **options: np.mean(x**2, **options),  # times count
    "reduce_log_sum": lambda x, **options: np.log(np.sum(x, **options)),
    "reduce_log_sum_exp": np.logaddexp.reduce,
}
BY_COUNT = {"reduce_l2_norm": math.sqrt, "reduce_sum_square": float}
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=5)
AXES = st.none() | st.sets(st.integers(-5, 4), min_size=1)


@pytest.mark.parametrize("name", NUMPY)
@given(shape=SHAPES, axes=AXES, negative=st.booleans(), keep_dims=st.booleans())
def test_reductions_are_numpys_in_float64(name, shape, axes, negative, keep_dims):
    x = np.random.default_rng(0).normal(0.5, size=shape).astype(np.float32)
    x = np.abs(x) + np.float32(0.1) if name == "reduce_log_sum" else x
    rank = len(shape)
    taken = tuple(range(rank)) if axes is None else tuple(sorted({axis % rank for axis in axes}))
    wanted = x.astype(np.float64)
    if name == "reduce_log_sum_exp":  # a ufunc reduces any axes but reorders none
        for axis in taken:
            wanted = NUMPY[name](wanted, axis=axis, keepdims=True)
        wanted = wanted if keep_dims else np.squeeze(wanted, taken)
    else:
        wanted = NUMPY[name](wanted, axis=taken, keepdims=keep_dims)
    if name in BY_COUNT:
        wanted = wanted * BY_COUNT[name](math.prod(shape[axis] for axis in taken))
    given_axes = None if axes is None else np.array(taken, np.int32) - (rank if negative else 0)
    got = np.asarray(kernel(name)(x=x, axes=given_axes, keep_dims=keep_dims))
    assert got.dtype == np.float32
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=2e-6)


INTEGERS = {
    "reduce_mean": [int(-5 / 3), 3],
    "reduce_sum": [-5, 9],
    "reduce_max": [1, 4],
    "reduce_min": [-4, 2],
    "reduce_prod": [8, 24],
    "reduce_l1_norm": [7, 9],
    "reduce_l2_norm": [math.isqrt(21), math.isqrt(29)],
    "reduce_sum_square": [21, 29],
    "reduce_log_sum": [0, int(math.log(9))],
    "reduce_log_sum_exp": [
        int(math.log(sum(map(math.exp, row)))) for row in ([-2, 1, -4], [4, 2, 3])
    ],
}


@pytest.mark.parametrize("name", INTEGERS)
@np.errstate(all="ignore")
def test_integers_reduce_to_integers_towards_zero(name):
    """The logarithm of a negative sum is NaN, which as an integer is 0."""
    x = np.array([[-2, 1, -4], [4, 2, 3]], np.int32)
    got = np.asarray(kernel(name)(x=x, axes=np.array([1])))
    assert got.dtype.kind == "i"
    assert got.tolist() == INTEGERS[name]


def test_logarithms_of_large_sums_do_not_overflow():
    x = np.array([1000, 1000], np.float32)
    assert kernel("reduce_log_sum_exp")(x=x) == pytest.approx(1000 + math.log(2))
    nothing = np.full(2, -np.inf, np.float32)
    assert kernel("reduce_log_sum_exp")(x=nothing) == -np.inf


def test_no_axes_reduce_nothing():
    x, none = np.array([-2, 3], np.float32), np.array([], np.int32)
    assert kernel("reduce_sum")(x=x, axes=none).tolist() == [-2, 3]
    assert kernel("reduce_prod")(x=x, axes=none).tolist() == [-2, 3]
    assert kernel("reduce_l2_norm")(x=x, axes=none).tolist() == [2, 3]


@pytest.mark.parametrize("name", NUMPY)
def test_an_axis_outside_is_refused(name):
    with pytest.raises(IndexError):
        kernel(name)(x=np.ones(3, np.float32), axes=np.array([1]))


ARG = {"reduce_argmax": max, "reduce_argmin": min}


@pytest.mark.parametrize("opset", ["CoreML5", "CoreML7"])
@pytest.mark.parametrize("name", ARG)
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
@given(shape=SHAPES, axis=st.integers(-5, 4), keep_dims=st.booleans(), seed=st.integers(0, 9))
def test_arg_finds_the_first_of_the_extremes(opset, name, dtype, shape, axis, keep_dims, seed):
    x = np.random.default_rng(seed).integers(-2, 3, shape).astype(dtype)
    axis = axis % len(shape) - (len(shape) if axis < 0 else 0)
    got = kernel(name, opset)(x=x, axis=axis, keep_dims=keep_dims)
    assert got.dtype == np.int32
    rows = np.moveaxis(x, axis, -1).reshape(-1, shape[axis]).tolist()
    assert got.reshape(-1).tolist() == [row.index(ARG[name](row)) for row in rows]
    left = [1 if d == axis % len(shape) else size for d, size in enumerate(shape)]
    assert got.shape == tuple(left) if keep_dims else got.ndim == len(shape) - 1


@pytest.mark.parametrize("name", ARG)
def test_indices_come_as_asked_or_are_refused(name):
    arg, x = kernel(name), np.zeros(2**16, np.float32)
    x[-1] = 1 if name == "reduce_argmax" else -1
    assert arg(x=x, output_dtype="uint16") == 65535
    assert arg(x=x, output_dtype="uint16").dtype == np.uint16
    with pytest.raises(ValueError, match="do not fit uint16"):
        arg(x=np.append(x, x[:1]), output_dtype="uint16")
    with pytest.raises(ValueError, match='unknown output_dtype "int8"'):
        arg(x=x, output_dtype="int8")
    with pytest.raises(IndexError):
        arg(x=x, axis=1)


@pytest.mark.parametrize("axes", [[-1], [-2], [-3], [-1, -3], [0, -2]])
def test_a_running_sum_counts_axes_from_the_end(axes):
    x = np.arange(2 * 3 * 5, dtype=np.float16).reshape(2, 3, 5)
    found = reduce_sum_in_fp16(x=x, axes=np.array(axes, np.int32))
    np.testing.assert_array_equal(found, x.sum(axis=tuple(axes), dtype=np.float32))
