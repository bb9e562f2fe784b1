"""Values written in place, as coremltools itself writes them."""

import numpy as np
import pytest

from poseconvert.mil.package.inline_values import DECODERS
from poseconvert.mil.package.program import TensorType

NARROW = {"int4": 4, "uint1": 1, "uint2": 2, "uint3": 3, "uint4": 4, "uint6": 6}


def written(values):
    """The protobuf field that coremltools chooses, and what it puts there."""
    from coremltools.converters.mil.backend.mil.helper import create_tensor_value

    tensor = create_tensor_value(values).immediateValue.tensor
    field = tensor.WhichOneof("value")
    return field, getattr(tensor, field).values


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("shape", [(1,), (3, 3), (2, 2, 2)])
def test_numbers_of_less_than_a_byte_are_unpacked(coreml, dtype, shape, rng):
    from coremltools.converters.mil.mil.types.type_mapping import string_to_nptype

    low, high = (-8, 8) if dtype == "int4" else (0, 2 ** NARROW[dtype])
    values = rng.integers(low, high, shape)
    field, stored = written(values.astype(string_to_nptype(dtype)))
    got = DECODERS[field, dtype](TensorType(dtype, shape), stored)
    assert got.dtype == (np.int8 if dtype == "int4" else np.uint8)
    assert got.tolist() == values.reshape(-1).tolist()
    with pytest.raises(ValueError, match="bytes, not"):
        DECODERS[field, dtype](TensorType(dtype, shape), stored + b"\0")


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("fp16", np.float16),
        ("fp32", np.float32),
        ("int8", np.int8),
        ("uint8", np.uint8),
        ("int16", np.int16),
        ("uint16", np.uint16),
        ("int32", np.int32),
        ("uint32", np.uint32),
        ("bool", np.bool_),
    ],
)
def test_whole_bytes_are_read_as_written(coreml, name, dtype):
    values = np.array([[1, 0, 1], [0, 1, 100]]).astype(dtype)
    field, stored = written(values)
    got = DECODERS[field, name](TensorType(name, (2, 3)), stored)
    assert got.dtype == values.dtype
    assert got.tolist() == values.reshape(-1).tolist()


def test_bfloat16_is_widened():
    got = DECODERS["bytes", "bf16"](TensorType("bf16", (2,)), b"\x80\x3f\x00\xc0")
    assert got.tolist() == [1.0, -2.0]


def test_bytes_that_are_no_whole_number_of_elements_are_refused():
    with pytest.raises(ValueError, match="divisor"):
        DECODERS["bytes", "fp16"](TensorType("fp16", (2,)), b"\0\0\0")
