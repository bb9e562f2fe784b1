"""Arrays of level-5 MAT files: bytes -> numbers, text, cells and structs.

A reader of our own, because the files are untrusted: ``scipy.io.loadmat`` 1.17 ends the process
with a segmentation fault on 5 of 133 files with a few bytes changed and on cells nested
50000 deep, and makes gigabytes of 100 bytes where a struct array claims many elements and no
fields. Here every claim is held against the bytes that are there, before anything is made.

Source: MathWorks, "MAT-File Format", chapter 1 (level 5).
"""

from __future__ import annotations

import math
import struct
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from poseconvert.budgets import MAT_DEPTH, TENSOR_ELEMENTS
from poseconvert.errors import quoted

Value: TypeAlias = "npt.NDArray[np.generic] | float | str | list[Value] | dict[str, Value]"
"""A 1x1 number is a float, text a str, a cell or struct array a list in MATLAB's (column) order;
each element of a struct array is a dict."""

MATRIX, COMPRESSED = 14, 15

_CELL, _STRUCT, _CHAR = 1, 2, 4
_NUMERIC = range(6, 16)
_COMPLEX = 0x0800
_DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("i1"), 2: np.dtype("u1"), 3: np.dtype("<i2"), 4: np.dtype("<u2"),
    5: np.dtype("<i4"), 6: np.dtype("<u4"), 7: np.dtype("<f4"), 9: np.dtype("<f8"),
    12: np.dtype("<i8"), 13: np.dtype("<u8"),
}  # fmt: skip
_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16-le", 16: "utf-8", 17: "utf-16-le", 18: "utf-32-le"}

_pair = struct.Struct("<II").unpack_from
_EMPTY: npt.NDArray[np.generic] = np.zeros((0, 0))
_EMPTY.flags.writeable = False


class DamagedError(ValueError):
    """Bytes are not what they claim to be; the text says what, without the file's name."""


def element(data: memoryview, at: int) -> tuple[int, memoryview, int]:
    """Return (type, content, where the next element begins) of the element at ``at``.

    Raises
    ------
    DamagedError : the element reaches beyond ``data``.
    """
    if at + 8 > len(data):
        raise DamagedError(f"cut off at byte {at}")
    kind, size = _pair(data, at)
    if kind >> 16:  # small element: size and type share four bytes, content in the other four
        kind, size, begin, after = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        if size > 4:
            raise DamagedError(f"a small element of {size} bytes at byte {at}")
    else:
        begin = at + 8
        after = begin + size + (0 if kind == COMPRESSED else -size % 8)
    if begin + size > len(data):
        raise DamagedError(
            f"an element of {size} bytes at byte {at}, where {len(data) - begin} are"
        )
    return kind, data[begin : begin + size], after


def declared_bytes(data: memoryview) -> int:
    """Return the length that the element at the start of ``data`` claims, with its tag.

    Raises
    ------
    DamagedError : no MATRIX element begins there.
    """
    if len(data) < 8 or _pair(data)[0] != MATRIX:
        raise DamagedError("a compressed element that holds no array")
    size: int = _pair(data)[1]
    return size + 8


def array_name(content: memoryview) -> str:
    """Return the name in the head of the array; ``content`` may end after the head.

    Raises
    ------
    DamagedError : there is no such head.
    """
    return _head(content)[2]


def array_value(content: memoryview, *, depth: int = 0) -> Value:
    """Return the array that the content of a MATRIX element holds.

    Raises
    ------
    DamagedError : malformed, nested more than ``MAT_DEPTH`` deep, or of a class that is neither
        number, text, cell nor struct (a sparse matrix, an object, a function).
    """
    if len(content) == 0:
        return _EMPTY
    if depth > MAT_DEPTH.value:
        raise DamagedError(f"arrays nested more than {MAT_DEPTH.value} deep")
    flags, dims, _, at = _head(content)
    kind = flags & 0xFF
    if kind == _STRUCT:
        return _structs(content, at, count=math.prod(dims), depth=depth)
    if kind == _CELL:
        return _matrices(content, at, count=math.prod(dims), depth=depth)
    if kind == _CHAR:
        return _text(content, at)
    if kind not in _NUMERIC or flags & _COMPLEX:
        raise DamagedError(f"an array of class {kind}, flags {flags:#x}, which poses never are")
    return _numbers(content, at, dims)


def _head(content: memoryview) -> tuple[int, tuple[int, ...], str, int]:
    """Return (flags, dims, name, where what follows begins)."""
    kind, raw, at = element(content, 0)
    if kind != 6 or len(raw) != 8:
        raise DamagedError("an array without flags")
    flags = _pair(raw)[0]
    kind, raw, at = element(content, at)
    if kind != 5 or len(raw) % 4 or not 8 <= len(raw) <= 128:
        raise DamagedError("an array without dimensions")
    dims = struct.unpack(f"<{len(raw) // 4}i", raw)
    if min(dims) < 0:
        raise DamagedError(f"an array of dimensions {quoted(dims)}")
    kind, raw, at = element(content, at)
    if kind != 1:
        raise DamagedError("an array without a name")
    return flags, dims, bytes(raw).decode("latin-1"), at


def _numbers(content: memoryview, at: int, dims: tuple[int, ...]) -> Value:
    kind, raw, _ = element(content, at)
    if kind not in _DTYPES:
        raise DamagedError(f"numbers of type {kind}")
    dtype = _DTYPES[kind]
    if len(raw) != math.prod(dims) * dtype.itemsize:
        raise DamagedError(f"{len(raw)} bytes for {quoted(dims)} numbers of {dtype.itemsize} bytes")
    # A 0 among the dimensions makes no room for the others: numpy multiplies those all the same.
    if math.prod(max(size, 1) for size in dims) > TENSOR_ELEMENTS.value:
        raise DamagedError(f"dimensions {quoted(dims)}, more than {TENSOR_ELEMENTS} but for the 0")
    flat = np.frombuffer(raw, dtype)
    return float(flat[0]) if len(flat) == 1 else flat.reshape(dims, order="F")


def _text(content: memoryview, at: int) -> str:
    kind, raw, _ = element(content, at)
    if kind not in _TEXTS:
        raise DamagedError(f"text of type {kind}")
    try:
        return bytes(raw).decode(_TEXTS[kind])
    except UnicodeDecodeError as error:
        raise DamagedError(f"text that is not {_TEXTS[kind]}") from error


def _matrices(content: memoryview, at: int, *, count: int, depth: int) -> list[Value]:
    """Return the ``count`` arrays from ``at`` on."""
    if count * 8 > len(content) - at:
        raise DamagedError(f"{count} elements claimed in {len(content) - at} bytes")
    values = []
    for _ in range(count):
        kind, inner, at = element(content, at)
        if kind != MATRIX:
            raise DamagedError(f"an element of type {kind} among arrays")
        values.append(array_value(inner, depth=depth + 1))
    return values


def _structs(content: memoryview, at: int, *, count: int, depth: int) -> Value:
    _, raw, at = element(content, at)
    width = int.from_bytes(raw, "little")
    _, names, at = element(content, at)
    if len(names) == 0:
        if count > 1:
            raise DamagedError(f"{count} structs without a field")
        return [{} for _ in range(count)]
    if len(raw) != 4 or width == 0 or len(names) % width:
        raise DamagedError("a struct without field names")
    text = bytes(names).decode("latin-1")
    fields = [text[i : i + width].partition("\0")[0] for i in range(0, len(text), width)]
    values = _matrices(content, at, count=count * len(fields), depth=depth)
    step = len(fields)
    return [
        dict(zip(fields, values[i : i + step], strict=True)) for i in range(0, len(values), step)
    ]
