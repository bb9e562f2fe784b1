"""``WeightParams`` -> float32 arrays: float32, float16, linear and lookup-table quantised."""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from poseconvert.budgets import TENSOR_ELEMENTS
from poseconvert.errors import PackageError
from poseconvert.mil.package.program import Array
from poseconvert.mil.package.refusal import refusal


def is_given(message: Any) -> bool:
    """Whether a ``WeightParams`` message holds anything."""
    return any(
        len(getattr(message, name))
        for name in ("floatValue", "float16Value", "rawValue", "int8RawValue")
    )


def read_weights(
    message: Any, shape: tuple[int, ...], *, owner: str, package: Path, channel_axis: int = 0
) -> Array:
    """Read one weight.

    Parameters
    ----------
    message
        A ``WeightParams`` message.
    shape
        What its layer says it has.
    owner, package
        Named in errors.
    channel_axis
        The axis that scales and biases of a linear quantisation go along.

    Returns
    -------
    Array
        float32 of that shape, read-only.

    Raises
    ------
    PackageError
        It holds another number of values, or its quantisation does not fit.
    """
    count = prod(shape)
    if min(shape, default=0) < 0 or count > TENSOR_ELEMENTS.value:
        raise refusal(PackageError, package, f"{owner} has weights of shape {list(shape)}")
    flat = _flat(message, count, owner, package)
    if flat.size != count:
        what = f"{owner} holds {flat.size} weights, its shape {list(shape)} needs {count}"
        raise refusal(PackageError, package, what)
    if message.HasField("quantization"):
        array = _dequantised(message, flat.reshape(shape), owner, package, channel_axis)
    else:
        array = flat.astype(np.float32, copy=False).reshape(shape)
    array.flags.writeable = False
    return array


def _flat(message: Any, count: int, owner: str, package: Path) -> Array:
    if len(message.floatValue):
        return np.array(message.floatValue, np.float32)
    if len(message.float16Value):
        return _from_bytes(message.float16Value, "<f2", owner, package)
    if len(message.int8RawValue):
        return _from_bytes(message.int8RawValue, "i1", owner, package)
    bits = message.quantization.numberOfBits
    if not len(message.rawValue):
        return np.zeros(0, np.float32)
    if not 1 <= bits <= 8:
        raise refusal(PackageError, package, f"{owner} is quantised to {bits} bits, 1 to 8 are")
    return _unpacked(message.rawValue, bits, count, owner, package)


def _from_bytes(content: bytes, dtype: str, owner: str, package: Path) -> Array:
    if len(content) % np.dtype(dtype).itemsize:
        raise refusal(PackageError, package, f"{owner} has weights that end within a value")
    return np.frombuffer(content, dtype)


def _unpacked(content: bytes, bits: int, count: int, owner: str, package: Path) -> Array:
    """Unpack codes of few bits, highest bit first, as coremltools' quantization_utils packs."""
    packed = np.frombuffer(content, np.uint8)
    if bits == 8:
        return packed
    if packed.size != -(-count * bits // 8):
        what = f"{owner} packs {count} codes of {bits} bits into {packed.size} bytes"
        raise refusal(PackageError, package, what)
    single = np.unpackbits(packed)[: count * bits].reshape(count, bits)
    powers = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint8)
    codes: Array = (single * powers).sum(1, dtype=np.uint8)
    return codes


def _dequantised(message: Any, codes: Array, owner: str, package: Path, axis: int) -> Array:
    """``scale * code + bias`` along an axis, or the lookup table's entry."""
    quantization = message.quantization
    if quantization.WhichOneof("QuantizationType") == "lookupTableQuantization":
        table = np.array(quantization.lookupTableQuantization.floatValue, np.float32)
        if codes.size and (codes.dtype.kind == "f" or int(codes.max()) >= table.size):
            what = f"{owner} has a lookup table of {table.size} values, too short for its codes"
            raise refusal(PackageError, package, what)
        return np.asarray(table[codes])
    linear = quantization.linearQuantization
    scale = _along(linear.scale or (1.0,), codes, axis, owner, package)
    bias = _along(linear.bias or (0.0,), codes, axis, owner, package)
    return np.asarray(codes.astype(np.float32) * scale + bias)


def _along(values: Any, codes: Array, axis: int, owner: str, package: Path) -> Array:
    array = np.array(values, np.float32)
    if array.size == 1:
        return array.reshape([1] * codes.ndim)
    if not codes.ndim or array.size != codes.shape[axis]:
        what = f"{owner} has {array.size} scales or biases for weights {list(codes.shape)}"
        raise refusal(PackageError, package, what)
    return array.reshape([-1 if at == axis else 1 for at in range(codes.ndim)])
