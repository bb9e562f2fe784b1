"""8-bit activations, one number at a time."""

import numpy as np
import pytest

from poseconvert.mil.ops.quantization_ops.dequantize import dequantize
from poseconvert.mil.ops.quantization_ops.quantize import quantize


def by_loops(x, scale, zero_point, axis, limits):
    """Python's round goes to even; numbers are float32 as on the device."""
    levels, back = np.zeros(x.shape, int), np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        step, point = (
            (scale, zero_point) if axis is None else (scale[place[axis]], zero_point[place[axis]])
        )
        level = round(float(x[place] / step)) + int(point)
        levels[place] = max(limits.min, min(limits.max, level))
        back[place] = float(step) * (levels[place] - int(point))
    return levels, back


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("with_zero_point", [True, False])
def test_both_ways_are_the_formulas(dtype, axis, with_zero_point, rng):
    limits = np.iinfo(dtype)
    x = rng.normal(size=(3, 4, 50)).astype(np.float32) * 40
    size = () if axis is None else x.shape[axis]
    scale = np.asarray(rng.uniform(0.1, 0.5, size), np.float32)
    zero_point = np.zeros(size, dtype)
    if with_zero_point:
        zero_point = np.asarray(rng.integers(limits.min, limits.max, size), dtype)
    levels, back = by_loops(x, scale, zero_point, axis, limits)
    point = zero_point if with_zero_point else None
    got = quantize(input=x, scale=scale, zero_point=point, axis=axis, output_dtype=dtype)
    assert got.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(got, levels)
    assert {limits.min, limits.max} & set(got.reshape(-1).tolist())  # some are clipped
    returned = dequantize(input=got, scale=scale, zero_point=point, axis=axis)
    assert returned.dtype == np.float32
    np.testing.assert_allclose(returned, back, rtol=1e-6)


def test_halves_go_to_even_and_the_rest_saturates():
    x = np.array([0.5, 1.5, 2.5, -0.5, 1e9, -1e9, np.inf, -np.inf, np.nan], np.float32)
    got = quantize(input=x, scale=np.array(1, np.float32), output_dtype="int8")
    assert got.tolist() == [0, 2, 2, 0, 127, -128, 127, -128, 0]


def test_a_python_number_is_a_zero_point():
    got = quantize(
        input=np.float32([0, 2, 4]), scale=np.float32(2), zero_point=1, output_dtype="uint8"
    )
    assert got.tolist() == [1, 2, 3]
    assert dequantize(input=got, scale=np.float32(2), zero_point=1).tolist() == [0, 2, 4]


def test_vectors_without_their_axis_and_other_dtypes_are_refused():
    x = np.ones((2, 3), np.float32)
    with pytest.raises(ValueError, match=r"\(3,\) does not fit axis None of \(2, 3\)"):
        quantize(input=x, scale=np.ones(3, np.float32), output_dtype="int8")
    with pytest.raises(ValueError, match=r"\(3,\) does not fit axis 0 of \(2, 3\)"):
        dequantize(input=x.astype(np.int8), scale=np.ones(3, np.float32), axis=0)
    with pytest.raises(ValueError, match='output_dtype "int32", expected "int8" or "uint8"'):
        quantize(input=x, scale=np.float32(1), output_dtype="int32")
