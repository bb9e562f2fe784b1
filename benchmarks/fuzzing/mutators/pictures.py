"""Pictures: chunks, segments, directories and boxes of the formats that have them; else headers."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable

from fuzzing.mutators import raw


def mutate(seed: bytes, rng: random.Random, *, form: str) -> bytes:
    """Change a picture of one format: two of three times where its format has structure."""
    how = STRUCTURED.get(form, header)
    return (how if rng.random() < 0.67 else raw.mutate)(seed, rng)


def header(seed: bytes, rng: random.Random) -> bytes:
    """Give a number of the first 64 bytes a boundary."""
    data = bytearray(seed)
    for _ in range(rng.choice((1, 1, 2))):
        size, letter = rng.choice(((1, "B"), (2, "H"), (4, "I")))
        at = rng.randrange(max(1, min(len(data) - size, 64)))
        value = rng.choice((*raw.BOUNDARIES, 10_001, 30_000)) % (1 << (8 * size))
        struct.pack_into(rng.choice("<>") + letter, data, at, value)
    return bytes(data)


def text_numbers(seed: bytes, rng: random.Random) -> bytes:
    """Give a number that is written as text another value."""
    found = list(re.finditer(rb"\d+", seed[:400]))
    if not found:
        return header(seed, rng)
    one = rng.choice(found)
    value = rng.choice((b"0", b"-1", b"99999999", b"1" * 5000, b"65536", b"x", b"1.5", b"30000"))
    return seed[: one.start()] + value + seed[one.end() :]


def png(seed: bytes, rng: random.Random) -> bytes:
    """Change chunks and give them right checksums."""
    chunks, at = [], 8
    while at + 12 <= len(seed):
        (size,) = struct.unpack_from(">I", seed, at)
        chunks.append((seed[at + 4 : at + 8], seed[at + 8 : at + 8 + size]))
        at += 12 + size
    index, how = rng.randrange(len(chunks)), rng.randrange(6)
    kind, data = chunks[index]
    if how == 0:
        del chunks[index]
    elif how == 1:
        chunks.insert(rng.randrange(len(chunks) + 1), (kind, data))
    elif how == 2:
        chunks[0] = (chunks[0][0], header(chunks[0][1], rng))
    elif how == 3:
        chunks[index] = (rng.choice((b"PLTE", b"tRNS", b"acTL", b"fdAT", b"IDAT", b"eXIf")), data)
    elif how == 4:
        text = zlib.compress(bytes(rng.choice((10, 10**6, 50 * 10**6))), 9)
        chunks.insert(1, (rng.choice((b"zTXt", b"iCCP", b"IDAT")), b"a\0\0" + text))
    else:
        chunks[index] = (kind, raw.mutate(data, rng))
    packed = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return seed[:8] + b"".join(packed)


def jpeg(seed: bytes, rng: random.Random) -> bytes:
    """Change a segment's length or content: the frame, tables, EXIF."""
    found, at = [], 2
    while at + 4 <= len(seed) and seed[at] == 0xFF:
        (size,) = struct.unpack_from(">H", seed, at + 2)
        found.append((at, size))
        if seed[at + 1] == 0xDA:
            break
        at += 2 + size
    at, size = rng.choice(found)
    data, how = bytearray(seed), rng.randrange(5)
    if how == 0:
        struct.pack_into(">H", data, at + 2, rng.choice(raw.BOUNDARIES) % 65536)
    elif how == 1:
        del data[at : at + 2 + size]
    elif how == 2:
        data[at:at] = data[at : at + 2 + size] * rng.choice((1, 1, 200))
    elif how == 3:
        data[at + 1] = rng.choice((0xC0, 0xC2, 0xC4, 0xDB, 0xDD, 0xE1, 0xEE, 0xFE, 0x01))
    else:
        data[at + 4 : at + 2 + size] = header(bytes(data[at + 4 : at + 2 + size]) or b"\0", rng)
    return bytes(data)


def tiff(seed: bytes, rng: random.Random) -> bytes:
    """Change tag, type, count or value of entries of the first directory."""
    data = bytearray(seed)
    order = "<" if seed[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", seed, 4)
    (count,) = struct.unpack_from(f"{order}H", seed, start)
    for _ in range(rng.choice((1, 1, 2))):
        at = start + 2 + 12 * rng.randrange(count)
        place, letter = rng.choice(((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "I")))
        values = (*raw.BOUNDARIES, 5, 6, 32773, 34676, 50838)
        value = rng.choice(values) % (1 << (16 if letter == "H" else 32))
        struct.pack_into(order + letter, data, at + place, value)
    return bytes(data)


def riff(seed: bytes, rng: random.Random) -> bytes:
    """Change the length, name or content of a chunk of WebP."""
    return _boxes(seed, rng, first=12, form="<I", name=0, size=4, whole=False)


def iso(seed: bytes, rng: random.Random) -> bytes:
    """Change the length, name or content of a box of AVIF, JPEG 2000 or ICNS."""
    return _boxes(seed, rng, first=0, form=">I", name=4, size=0, whole=True)


def _boxes(
    seed: bytes, rng: random.Random, *, first: int, form: str, name: int, size: int, whole: bool
) -> bytes:
    found, at = [], first
    while at + 8 <= len(seed):
        (length,) = struct.unpack_from(form, seed, at + size)
        length += 0 if whole else 8 + length % 2
        found.append((at, max(length, 8)))
        at += max(length, 8)
    at, length = rng.choice(found)
    data, how = bytearray(seed), rng.randrange(5)
    if how == 0:
        struct.pack_into(form, data, at + size, rng.choice(raw.BOUNDARIES) % 2**32)
    elif how == 1:
        data[at + name : at + name + 4] = rng.choice((b"free", b"EXIF", b"ANIM", b"VP8X", b"meta"))
    elif how == 2:
        del data[at : at + length]
    elif how == 3:
        data[at:at] = data[at : at + length]
    else:
        data[at + 8 : at + length] = raw.mutate(bytes(data[at + 8 : at + length]), rng)
    return bytes(data)


STRUCTURED: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "PNG": png, "JPEG": jpeg, "TIFF": tiff, "WEBP": riff, "AVIF": iso, "JPEG2000": iso,
    "ICNS": iso, "PPM": text_numbers, "XBM": text_numbers, "IM": text_numbers,
    "EPS": text_numbers,
}  # fmt: skip
