"""Numbers of less than a byte, packed bit by bit, and bfloat16: both widened to numpy arrays."""

from __future__ import annotations

from math import lcm

import numpy as np

from poseconvert.budgets import TENSOR_ELEMENTS
from poseconvert.mil.package.program import BITS, DTYPES, Array


def elements(dtype: str, *, size: int, padding: int = 0) -> int:
    """Count the numbers that ``size`` bytes hold, of which the last ``padding`` bits are unused.

    Raises
    ------
    ValueError
        The bits are not a whole number of elements, or there are more than ``TENSOR_ELEMENTS``.
    """
    bits = BITS[dtype]
    used = 8 * size - padding
    if padding > 7 or used < 0 or used % bits or (padding and bits >= 8):
        raise ValueError(f"{size} bytes less {padding} bits are not a whole number of {dtype}")
    if used // bits > TENSOR_ELEMENTS.value:
        raise ValueError(f"{used // bits} elements are refused (limit {TENSOR_ELEMENTS.value})")
    return used // bits


def packed_size(bits: int, count: int) -> int:
    """Bytes that ``count`` packed numbers take."""
    return -(-bits * count // 8)


def unpack(packed: Array, bits: int, count: int) -> Array:
    """Spread ``count`` unsigned numbers of ``bits`` bits into bytes.

    Parameters
    ----------
    packed
        uint8, flat; the lowest bit of the first byte is the lowest bit of the first number, and a
        number may straddle two bytes.
    bits, count
        1, 2, 3, 4, 6 or 8 bits each, and how many; the caller has bounded the count.

    Returns
    -------
    Array
        uint8, flat, of size ``count``.

    Raises
    ------
    ValueError
        The bytes do not hold exactly this many numbers.

    Source
    ------
    coremltools 9.0, optimize/_utils.py, ``restore_elements_from_packed_bits``
    """
    if packed.size != packed_size(bits, count):
        raise ValueError(
            f"{count} numbers of {bits} bits take {packed_size(bits, count)} bytes, "
            f"not {packed.size}"
        )
    group = lcm(bits, 8)
    whole = np.zeros((-(-packed.size * 8 // group), group // 8), np.uint8)
    whole.reshape(-1)[: packed.size] = packed
    words = np.zeros(len(whole), np.uint32)
    for index, column in enumerate(whole.T):
        words |= column.astype(np.uint32) << np.uint32(8 * index)
    spread = np.empty((len(whole), group // bits), np.uint8)
    for index in range(group // bits):
        spread[:, index] = (words >> np.uint32(bits * index)) & np.uint32(2**bits - 1)
    return spread.reshape(-1)[:count]


def widen(raw: Array, dtype: str, count: int) -> Array:
    """Decode stored bytes of any dtype into the numpy dtype it travels in.

    Parameters
    ----------
    raw
        uint8, flat.
    dtype, count
        MIL name, and how many elements the bytes hold.

    Returns
    -------
    Array
        Flat: a view of ``raw`` for whole-byte dtypes; int8 for int4, uint8 for smaller unsigned
        integers, float32 for bf16.

    Raises
    ------
    ValueError
        The bytes do not hold exactly this many elements.
    """
    if dtype == "bf16":
        return (raw.view("<u2").astype(np.uint32) << np.uint32(16)).view(np.float32)
    if BITS[dtype] >= 8:
        return raw.view(DTYPES[dtype])
    spread = unpack(raw, BITS[dtype], count)
    if dtype != "int4":
        return spread
    signed = spread.view(np.int8)
    return (signed ^ np.int8(8)) - np.int8(8)  # the fourth bit is the sign
