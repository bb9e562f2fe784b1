"""Variables of a MATLAB file, with bounded memory and one-line refusals."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from poseconvert.budgets import UNPACKED_MAT_BYTES
from poseconvert.datasets.files import bounded_bytes
from poseconvert.datasets.matarray import (
    COMPRESSED,
    MATRIX,
    DamagedError,
    Value,
    array_name,
    array_value,
    declared_bytes,
    element,
)
from poseconvert.errors import DatasetError

_HEADER_BYTES = 128
_HEAD_BYTES = 1024
"""Enough to hold the flags, dimensions and name of an array."""


def read_mat(path: Path, names: tuple[str, ...]) -> dict[str, Value]:
    """Return the variables called ``names`` of the level-5 MAT file ``path``; others are skipped.

    Returns
    -------
    dict
        Arrays have MATLAB's dimensions. A 1x1 number is a float, text a str, a cell or struct
        array a list in column order; each element of a struct array is a dict.

    Raises
    ------
    DatasetError
        Not readable, damaged, another kind of MATLAB file (version 4, 7.3, big-endian), larger
        than ``DATASET_BYTES`` or, unpacked, than ``UNPACKED_MAT_BYTES``, or a name is missing.

    Notes
    -----
    Source: MathWorks, "MAT-File Format", chapter 1 (level 5).
    """
    data = bounded_bytes(path)
    _check_header(path, data)
    try:
        found = _variables(memoryview(data)[_HEADER_BYTES:], names)
    except (DamagedError, zlib.error) as error:
        raise DatasetError(f"{path}: damaged MAT file ({error}). Download it again.") from error
    for name in names:
        if name not in found:
            raise DatasetError(f'{path}: has no variable "{name}". Is it the right file?')
    return found


def _check_header(path: Path, data: bytes) -> None:
    if b"\x89HDF\r\n\x1a\n" in (data[:8], data[512:520]) or data.startswith(b"MATLAB 7.3"):
        raise DatasetError(
            f"{path}: MATLAB 7.3 (HDF5) file, which is not read. Save it with -v7 in MATLAB."
        )
    if len(data) < _HEADER_BYTES or data[126:128] not in (b"IM", b"MI"):
        raise DatasetError(f"{path}: not a level-5 MAT file. Save it with -v7 in MATLAB.")
    if data[124:128] != b"\x00\x01IM":
        raise DatasetError(
            f"{path}: big-endian or unknown MAT version {data[124:126].hex()}. Save it with -v7 on"
            " a little-endian machine."
        )


def _variables(data: memoryview, names: tuple[str, ...]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    budget = UNPACKED_MAT_BYTES.value
    for kind, content in _elements(data):
        matrix = content if kind == MATRIX else None
        if kind == COMPRESSED:
            matrix = _inflated(content, names, budget=budget)
            budget -= len(matrix or b"")
        if matrix is not None and (name := array_name(matrix)) in names:
            found[name] = array_value(matrix)
    return found


def _elements(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    at = 0
    while at < len(data):
        kind, content, at = element(data, at)
        yield kind, content


def _inflated(packed: memoryview, names: tuple[str, ...], *, budget: int) -> memoryview | None:
    """Return the content of the array in ``packed``; None where its name is not asked for."""
    start = memoryview(zlib.decompressobj().decompress(packed, _HEAD_BYTES))
    size = declared_bytes(start)
    if array_name(start[8:]) not in names:
        return None
    if size > budget:
        raise DamagedError(f"unpacks to {size} bytes, where {budget} are allowed")
    stream = zlib.decompressobj()
    whole = stream.decompress(packed, size + 1)  # one more, to reach the checksum
    if len(whole) != size or not stream.eof:
        raise DamagedError(f"{len(whole)} bytes unpacked, where {size} were promised")
    return element(memoryview(whole), 0)[1]
