"""The baseline: bytes of any file, whatever they mean."""

from __future__ import annotations

import random
import struct

#: Numbers at which readers' sizes, offsets and counts turn over.
BOUNDARIES = (
    0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 127, 128, 255, 256, 1023, 4096, 65535, 65536,
    2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**53, 2**63 - 1, 2**63, 2**64 - 1,
    -1, -2, -8, -(2**31), -(2**63),
)  # fmt: skip


def mutate(seed: bytes, rng: random.Random) -> bytes:
    """Cut, flip, overwrite, insert, repeat, remove or reverse some bytes."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        if data:
            rng.choice(_CHANGES)(data, rng)
    return bytes(data)


def cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def flip(data: bytearray, rng: random.Random) -> None:
    data[_place(data, rng)] ^= 1 << rng.randrange(8)


def overwrite(data: bytearray, rng: random.Random) -> None:
    data[_place(data, rng)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def insert(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = rng.randbytes(rng.choice((1, 2, 4, 64)))


def remove(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 4, 64))]


def repeat(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + rng.choice((1, 16, 256))]


def reverse(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at : at + 4] = bytes(reversed(data[at : at + 4]))


def number(data: bytearray, rng: random.Random) -> None:
    """Overwrite 2, 4 or 8 bytes by a boundary, in either byte order."""
    size, letter = rng.choice(((2, "H"), (4, "I"), (8, "Q")))
    at = _place(data, rng)
    value = rng.choice(BOUNDARIES) % (1 << (8 * size))
    data[at : at + size] = struct.pack(rng.choice("<>") + letter, value)


def _place(data: bytearray, rng: random.Random) -> int:
    """Anywhere, but every other time where headers are."""
    return rng.randrange(min(len(data), 128) if rng.random() < 0.5 else len(data))


_CHANGES = (cut, flip, flip, overwrite, insert, remove, repeat, reverse, number, number)
