"""Reader of ``weight.bin``, the blob file beside an ML Program.

Layout, all little-endian, every part on a 64-byte boundary::

    header    u32 count, u32 version (2), zeros up to 64 bytes
    metadata  u32 0xDEADBEEF, u32 dtype, u64 size in bytes, u64 data offset, u64 padding bits
    data      size bytes at the data offset

A program's offsets point at the metadata. Numbers of less than a byte are packed from the lowest
bit upwards; padding bits are those of the last byte that are unused.
Source: coremltools 9.0, mlmodel/src/MILBlob/Blob.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

import numpy as np

from poseconvert.errors import PackageError
from poseconvert.mil.package.bit_packing import elements, widen
from poseconvert.mil.package.package_paths import open_regular
from poseconvert.mil.package.program import Array
from poseconvert.mil.package.refusal import refusal

_HEADER = struct.Struct("<II")
_METADATA = struct.Struct("<IIQQQ")
_ALIGNMENT = 64
_MAGIC = 0xDEADBEEF
_VERSION = 2

_CODES = {
    1: "fp16",
    2: "fp32",
    3: "uint8",
    4: "int8",
    5: "bf16",
    6: "int16",
    7: "uint16",
    8: "int4",
    9: "uint1",
    10: "uint2",
    11: "uint4",
    12: "uint3",
    13: "uint6",
    14: "int32",
    15: "uint32",
}
_NARROW = ("bf16", "int4", "uint1", "uint2", "uint3", "uint4", "uint6")


def release(array: Array) -> None:
    """Give back the memory of a mapped array that was copied; the file is read again if needed.

    Parameters
    ----------
    array
        Any; what is not a view of a mapped file stays as it is.
    """
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    mapped = owner.obj if isinstance(owner, memoryview) else owner
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


class BlobFile:
    """A memory-mapped ``weight.bin``; arrays are read-only and keep the mapping alive.

    Parameters
    ----------
    path
        The blob file.

    Raises
    ------
    PackageError
        The file cannot be opened, is shorter than its header, or has another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with open_regular(path) as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise self._error(f"the weight file cannot be read ({error})") from error
        if len(self._bytes) < _ALIGNMENT:
            raise self._error(f"{len(self._bytes)} bytes are too few for its 64-byte header")
        _, version = _HEADER.unpack_from(self._bytes)
        if version != _VERSION:
            raise self._error(f"blob format version {version}, expected {_VERSION}")
        self._decoded: dict[int, Array] = {}
        self._decoded_elements = 0

    def read(self, offset: int) -> tuple[str, Array]:
        """Give the dtype and the flat array of the blob whose metadata lies at ``offset``.

        Parameters
        ----------
        offset
            Bytes from the start of the file, as a program's blob value states it.

        Returns
        -------
        tuple of str and Array
            The dtype's MIL name and a read-only one-dimensional array: a view of the mapped file,
            or for dtypes of less than a byte and bf16 a decoded array, kept for the next reading.

        Raises
        ------
        PackageError
            The offset, size or data offset leaves the file, the magic number is wrong, the dtype
            is unknown, or the blobs decoded so far are more than the file can hold.
        """
        if offset % _ALIGNMENT or not 0 < offset <= len(self._bytes) - _ALIGNMENT:
            raise self._error(
                f"no blob metadata at offset {offset} of {len(self._bytes)} bytes "
                f"(offsets are multiples of {_ALIGNMENT} inside the file)"
            )
        magic, code, size, start, padding = _METADATA.unpack_from(self._bytes, offset)
        if magic != _MAGIC:
            raise self._error(
                f"magic number {magic:#010x} at offset {offset}, expected {_MAGIC:#x}"
            )
        if code not in _CODES:
            raise self._error(f"unknown dtype code {code} at offset {offset}")
        if start % _ALIGNMENT or start < offset + _ALIGNMENT or start + size > len(self._bytes):
            raise self._error(
                f"the blob at offset {offset} claims {size} bytes from {start}, "
                f"the file has {len(self._bytes)}"
            )
        dtype = _CODES[code]
        try:
            count = elements(dtype, size=size, padding=padding)
        except ValueError as error:
            raise self._error(f"the blob at offset {offset}: {error}") from error
        raw = np.frombuffer(self._bytes, np.uint8, size, start)
        if dtype not in _NARROW:
            return dtype, widen(raw, dtype, count)
        if offset not in self._decoded:
            self._decoded_elements += count
            if self._decoded_elements > 8 * len(self._bytes):  # more than it has bits
                raise self._error(f"the blob at offset {offset} overlaps others of the file")
            self._decoded[offset] = widen(raw, dtype, count)
            self._decoded[offset].flags.writeable = False
        return dtype, self._decoded[offset]

    def _error(self, what: str) -> PackageError:
        return refusal(PackageError, self.path, what)
