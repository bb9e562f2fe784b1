"""Weights of layers: packed codes, scales, lookup tables, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from coremltools.proto import NeuralNetwork_pb2

from poseconvert.errors import PackageError
from poseconvert.mil.package.neuralnetwork.weights import read_weights


def read(message, shape):
    return read_weights(message, shape, owner="layer", package=Path("net.mlmodel"))


def packed(codes, bits):
    text = "".join(format(code, f"0{bits}b") for code in codes)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))


@pytest.mark.parametrize("bits", range(1, 9))
def test_codes_of_any_width_are_scaled_by_channel(bits):
    codes = [code % 2**bits for code in (0, 1, 2, 3, 250, 7)]
    message = NeuralNetwork_pb2.WeightParams(rawValue=packed(codes, bits))
    message.quantization.numberOfBits = bits
    message.quantization.linearQuantization.scale.extend([0.5, 2.0])
    message.quantization.linearQuantization.bias.extend([1.0, -1.0])
    expected = [[0.5 * c + 1.0 for c in codes[:3]], [2.0 * c - 1.0 for c in codes[3:]]]
    assert read(message, (2, 3)).tolist() == expected


def test_codes_are_looked_up():
    message = NeuralNetwork_pb2.WeightParams(rawValue=packed([3, 0, 2], 2))
    message.quantization.numberOfBits = 2
    message.quantization.lookupTableQuantization.floatValue.extend([9.0, 8.0, 7.0, 6.0])
    assert read(message, (3,)).tolist() == [6.0, 9.0, 7.0]


def test_a_lookup_table_that_is_too_short_is_refused():
    message = NeuralNetwork_pb2.WeightParams(rawValue=packed([3, 0, 2], 2))
    message.quantization.numberOfBits = 2
    message.quantization.lookupTableQuantization.floatValue.extend([9.0, 8.0])
    with pytest.raises(PackageError, match="a lookup table of 2 values, too short"):
        read(message, (3,))


def test_float16_weights_are_read():
    half = np.array([0.5, -2.0], "<f2")
    message = NeuralNetwork_pb2.WeightParams(float16Value=half.tobytes())
    assert read(message, (2,)).tolist() == [0.5, -2.0]


def test_weights_of_another_length_are_refused():
    message = NeuralNetwork_pb2.WeightParams(floatValue=[1.0, 2.0, 3.0])
    with pytest.raises(PackageError, match=r"holds 3 weights, its shape \[2, 2\] needs 4"):
        read(message, (2, 2))
