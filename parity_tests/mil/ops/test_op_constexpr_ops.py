"""Decoders written as plain loops over bits and elements."""

import numpy as np
import pytest

from poseconvert.mil.ops.constexpr_ops.constexpr_affine_dequantize import (
    constexpr_affine_dequantize,
)
from poseconvert.mil.ops.constexpr_ops.constexpr_cast import constexpr_cast
from poseconvert.mil.ops.constexpr_ops.constexpr_lut_to_dense import constexpr_lut_to_dense
from poseconvert.mil.ops.constexpr_ops.constexpr_sparse_to_dense import constexpr_sparse_to_dense


def packed(numbers, bits):
    """Bytes of numbers of a few bits, the lowest bit first, by Python's own integers."""
    whole = sum(int(number) << bits * place for place, number in enumerate(numbers))
    return np.frombuffer(whole.to_bytes(-(-bits * len(numbers) // 8), "little"), np.uint8)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
def test_affine_weights_are_scaled_along_their_axis(axis, dtype, rng):
    limits = np.iinfo(dtype)
    data = rng.integers(limits.min, limits.max + 1, (3, 4, 2)).astype(dtype)
    scale = rng.normal(size=data.shape[axis]).astype(np.float32)
    zero_point = rng.integers(limits.min, limits.max + 1, data.shape[axis]).astype(dtype)
    got = constexpr_affine_dequantize(
        quantized_data=data, zero_point=zero_point, scale=scale, axis=axis
    )
    assert (got.shape, got.dtype) == (data.shape, np.float32)
    for place in np.ndindex(*data.shape):
        channel = place[axis]
        wanted = float(scale[channel]) * (int(data[place]) - int(zero_point[channel]))
        assert got[place] == pytest.approx(wanted, rel=1e-6)


def test_scales_and_zero_points_may_be_scalars_of_either_kind():
    data = np.array([[0, 255], [7, 128]], np.uint8)
    for zero_point in (128, np.float32(128), np.array([128, 128], np.uint8)):
        got = constexpr_affine_dequantize(
            quantized_data=data, zero_point=zero_point, scale=np.array(0.5, np.float32), axis=0
        )
        assert got.tolist() == [[-64, 63.5], [-60.5, 0]]


@pytest.mark.parametrize("axis", [3, -4])
def test_a_vector_that_does_not_fit_its_axis_is_refused(axis):
    data = np.ones((3, 4, 2), np.int8)
    with pytest.raises(ValueError, match=r"a vector of shape \(3,\) does not fit axis"):
        constexpr_affine_dequantize(
            quantized_data=data, zero_point=0, scale=np.ones(3, np.float32), axis=axis
        )
    with pytest.raises(ValueError, match=r"does not fit axis 1 of \(3, 4, 2\)"):
        constexpr_affine_dequantize(
            quantized_data=data, zero_point=np.ones(3, np.int8), scale=np.float32(1), axis=1
        )


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 8])
@pytest.mark.parametrize("shape", [(5,), (3, 7), (2, 1, 3, 3), (0, 4), ()])
@pytest.mark.parametrize("dtype", [np.float32, np.int8])
def test_packed_indices_point_into_the_palette(bits, shape, dtype, rng):
    indices = rng.integers(0, 2**bits, int(np.prod(shape)))
    lut = (rng.permutation(2**bits) - 2 ** (bits - 1)).astype(dtype)
    got = constexpr_lut_to_dense(
        indices=packed(indices, bits), lut=lut, shape=np.array(shape, np.uint32)
    )
    assert (got.shape, got.dtype) == (shape, dtype)
    assert got.reshape(-1).tolist() == [lut[index] for index in indices]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"lut": np.ones(8, np.float32)}, r"lut of shape \(8,\)"),
        ({"lut": np.ones((4, 1), np.float32)}, r"lut of shape \(4, 1\)"),
        ({"shape": np.array([9], np.uint32)}, "9 numbers of 2 bits take 3 bytes, not 2"),
        ({"shape": np.array([2**31, 2**31], np.uint32)}, "is refused"),
        ({"indices": np.zeros(3, np.uint8)}, "8 numbers of 2 bits take 2 bytes, not 3"),
    ],
)
def test_a_palette_that_does_not_fit_is_refused(change, text):
    fitting = {
        "indices": np.zeros(2, np.uint8),
        "lut": np.ones(4, np.float32),
        "shape": np.array([2, 4], np.uint32),
    }
    assert constexpr_lut_to_dense(**fitting).shape == (2, 4)
    with pytest.raises(ValueError, match=text):
        constexpr_lut_to_dense(**{**fitting, **change})


@pytest.mark.parametrize("dtype", [np.float32, np.int8])
@pytest.mark.parametrize("shape", [(5,), (3, 7), (4, 4)])
def test_masked_weights_are_zero(shape, dtype, rng):
    count = int(np.prod(shape))
    mask = rng.integers(0, 2, count)
    values = iter(range(1, 99))
    wanted = [next(values) if bit else 0 for bit in mask]
    got = constexpr_sparse_to_dense(
        nonzero_data=np.arange(1, mask.sum() + 1).astype(dtype),
        mask=packed(mask, 1),
        shape=np.array(shape, np.uint32),
    )
    assert (got.shape, got.dtype) == (shape, dtype)
    assert got.reshape(-1).tolist() == wanted


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"mask": np.array([0b11111], np.uint8)}, "5 elements of the mask are set"),
        ({"mask": np.array([0b1000011], np.uint8)}, "bits set after its 5 elements"),
        ({"mask": np.array([3, 0], np.uint8)}, "5 numbers of 1 bits take 1 bytes, not 2"),
        ({"shape": np.array([2**32 - 1], np.uint32)}, "is refused"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(change, text):
    fitting = {
        "nonzero_data": np.ones(2, np.float32),
        "mask": np.array([0b10001], np.uint8),
        "shape": np.array([5], np.uint32),
    }
    assert constexpr_sparse_to_dense(**fitting).tolist() == [1, 0, 0, 0, 1]
    with pytest.raises(ValueError, match=text):
        constexpr_sparse_to_dense(**{**fitting, **change})


def test_a_cast_goes_to_float32_only():
    got = constexpr_cast(source_val=np.array([6e-8, 65504], np.float16), output_dtype="fp32")
    assert got.dtype == np.float32
    assert got.tolist() == [np.float16(6e-8), 65504]
    with pytest.raises(ValueError, match='only "fp32" is allowed'):
        constexpr_cast(source_val=np.ones(1), output_dtype="fp16")
