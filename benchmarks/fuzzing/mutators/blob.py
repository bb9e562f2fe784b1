"""``weight.bin``: its header, the metadata before every blob, its data and its length."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from fuzzing.mutators import raw

MAGIC = struct.pack("<I", 0xDEADBEEF)
#: Field of a blob's metadata: where it lies, and how it is packed.
FIELDS = {
    "magic": (0, "<I"), "dtype": (4, "<I"), "size": (8, "<Q"), "offset": (16, "<Q"),
    "padding": (24, "<Q"),
}  # fmt: skip
_HEADER = {"count": (0, "<I"), "version": (4, "<I")}
_CODES = range(18)


def mutate(seed: bytes, rng: random.Random) -> bytes:
    """Change the header, a blob's metadata or data, or the file's length."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice(_CHANGES)(data, rng)
    return bytes(data)


def blobs(data: bytes | bytearray) -> list[int]:
    """Where the metadata of every blob begins."""
    return [at for at in range(64, len(data) - 31, 64) if data[at : at + 4] == MAGIC]


def header(data: bytearray, rng: random.Random) -> None:
    _write(data, 0, rng, *rng.choice(list(_HEADER.values())))


def metadata(data: bytearray, rng: random.Random) -> None:
    if found := blobs(data):
        _write(data, rng.choice(found), rng, *FIELDS[rng.choice(list(FIELDS))])


def dtype(data: bytearray, rng: random.Random) -> None:
    """Say that the numbers are of another type: all of them are defined, and two more."""
    if found := blobs(data):
        struct.pack_into("<I", data, rng.choice(found) + 4, rng.choice(_CODES))


def overlap(data: bytearray, rng: random.Random) -> None:
    """Let one blob's data be another's, or its own metadata."""
    if found := blobs(data):
        target = rng.choice(found) + rng.choice((0, 64, -64, 32))
        struct.pack_into("<Q", data, rng.choice(found) + 16, max(target, 0))


def swap(data: bytearray, rng: random.Random) -> None:
    """Exchange the metadata of two blobs."""
    if found := blobs(data):
        one, other = rng.choice(found), rng.choice(found)
        data[one : one + 32], data[other : other + 32] = (
            data[other : other + 32], data[one : one + 32],
        )  # fmt: skip


def numbers(data: bytearray, rng: random.Random) -> None:
    """Change stored weights: what a forger would."""
    if not (found := blobs(data)):
        return
    at = rng.choice(found)
    size, start = struct.unpack_from("<QQ", data, at + 8)
    if start + size <= len(data) and size:
        for _ in range(rng.choice((1, 8, min(size, 400)))):
            data[start + rng.randrange(size)] = rng.randrange(256)


def length(data: bytearray, rng: random.Random) -> None:
    if rng.random() < 0.5:
        del data[rng.randrange(len(data) + 1) :]
    else:
        data += bytes(rng.choice((1, 63, 64, 100_000)))


def _write(data: bytearray, at: int, rng: random.Random, place: int, form: str) -> None:
    if len(data) < at + place + 8:
        return
    (old,) = struct.unpack_from(form, data, at + place)
    bits = 8 * struct.calcsize(form)
    value = rng.choice((*raw.BOUNDARIES, old + 1, old - 1, old + 64, old * 2, old // 2))
    struct.pack_into(form, data, at + place, value % (1 << bits))


_CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    header, metadata, metadata, metadata, dtype, overlap, swap, numbers, numbers, length,
)  # fmt: skip
