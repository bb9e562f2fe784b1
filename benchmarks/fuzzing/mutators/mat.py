"""MATLAB files: tags, sizes, dimensions and names, also inside what is compressed."""

from __future__ import annotations

import random
import struct
import zlib

from fuzzing.mutators import raw

_START = 128
_COMPRESSED, _MATRIX = 15, 14
_SIZES = (*raw.BOUNDARIES, 9, 10, 24, 100, 10**6)


def mutate(seed: bytes, rng: random.Random) -> bytes:
    """Change elements and pack them anew; every fifth time the file's bytes as they are."""
    if rng.random() < 0.2:
        return raw.mutate(seed, rng)
    head, elements = seed[:_START], unpacked(seed)
    at = rng.randrange(len(elements))
    for _ in range(rng.choice((1, 1, 2, 3))):
        elements[at] = _changed(elements[at], rng)
    if rng.random() < 0.05:
        elements.append(elements[at])
    return head + b"".join(_packed(one, compressed=rng.random() < 0.7) for one in elements)


def unpacked(data: bytes) -> list[bytes]:
    """Return every element with its tag, none compressed."""
    found, at = [], _START
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        body = data[at + 8 : at + 8 + size]
        found.append(zlib.decompress(body) if kind == _COMPRESSED else data[at : at + 8 + size])
        at += 8 + size
    return found


def _packed(element: bytes, *, compressed: bool) -> bytes:
    if not compressed:
        return element
    body = zlib.compress(element)
    return struct.pack("<II", _COMPRESSED, len(body)) + body


def tags(element: bytes) -> list[int]:
    """Where every tag of an element begins, those inside matrices too."""
    found, at = [], 0
    while at + 8 <= len(element):
        found.append(at)
        kind, size = struct.unpack_from("<II", element, at)
        inside = kind >> 16 or kind == _MATRIX  # small: the data lies in the tag itself
        at += 8 if inside else 8 + size + -size % 8
    return found


def _changed(element: bytes, rng: random.Random) -> bytes:
    data, at = bytearray(element), rng.choice(tags(element))
    how = rng.randrange(7)
    if how == 0:
        struct.pack_into("<I", data, at, rng.choice((*range(20), 0x10001, 0x40005, 2**31)))
    elif how in {1, 2} and at + 8 <= len(data):
        struct.pack_into("<I", data, at + 4, rng.choice(_SIZES) % 2**32)
    elif how in {3, 4} and at + 12 <= len(data):
        place = at + 8 + 4 * rng.randrange(max(1, min(4, (len(data) - at - 12) // 4)))
        struct.pack_into("<I", data, min(place, len(data) - 4), rng.choice(_SIZES) % 2**32)
    elif how == 5:
        kind, size = struct.unpack_from("<II", element, at)
        del data[at : at + 8 + (0 if kind >> 16 else size)]
    else:
        return raw.mutate(element, rng)
    return bytes(data) or b"\0" * 8
