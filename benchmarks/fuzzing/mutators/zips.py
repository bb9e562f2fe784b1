"""Checkpoints that are zip archives: entries, their content in its own form, and the directory."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

from fuzzing.mutators import json_text, pickles, raw

Entries = list[tuple[str, bytes]]
_WORDS = (
    b"torch.ops.aten.relu.default", b"torch.ops.aten.from_file.default", b"torch.relu",
    b"torch.from_file", b"torch.save", b"torch.load", b"aten::mm", b"prims.convert", b"0",
    b"9223372036854775807", b"-1", b"None", b"self", b"nan", b"while True:", b"torch.zeros",
    b"torch.ops.image.read_file", b"annotate", b"uninitialized", b"unchecked_cast", b"__torch__",
    b"torch.ops.aten.set_.source_Tensor", b"torch.as_strided", b"torch.empty", b"1e309",
)  # fmt: skip
_NAMES = ("data.pkl", "../x", "/x", "a/b/c", "a/../../x", "archive/version", "", "a" * 60_000, "é")


def mutate(seed: bytes, rng: random.Random) -> bytes:
    """Change entries and pack them anew, with checksums that fit; or the directory alone."""
    entries = unpack(seed)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if entries:
            rng.choice(_CHANGES)(entries, rng)
    data = pack(entries, compressed=rng.random() < 0.1)
    return directory(data, rng) if rng.random() < 0.12 else data


def unpack(data: bytes) -> Entries:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(entry.filename, archive.read(entry)) for entry in archive.infolist()]


def pack(entries: Entries, *, compressed: bool = False) -> bytes:
    """Write an archive; names may repeat."""
    buffer = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = how
            archive.NameToInfo.pop(name, None)  # else zipfile warns of names that repeat
            archive.writestr(entry, data)
    return buffer.getvalue()


def inner(entries: Entries, rng: random.Random) -> None:
    """Change one entry as its own form asks: JSON, pickle, code or numbers."""
    at = _one(entries, rng)
    name, data = entries[at]
    entries[at] = name, changed(name, data, rng)


def changed(name: str, data: bytes, rng: random.Random) -> bytes:
    """Return other content for an entry of this name."""
    if name.endswith(".json") and data:
        return json_text.mutate(data, rng)
    if name.endswith(".pkl") and data and rng.random() < 0.8:
        return pickles.mutate(data, rng)
    if name.endswith(".py") and data:
        return code(data, rng)
    return raw.mutate(data, rng)


def code(data: bytes, rng: random.Random) -> bytes:
    """Change a word, a number or a line of TorchScript's code."""
    words = list(re.finditer(rb"[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?", data))
    for _ in range(rng.choice((1, 1, 2, 4))):
        if words and rng.random() < 0.7:
            found = rng.choice(words)
            other = rng.choice([*_WORDS, rng.choice(words).group()])
            data = data[: found.start()] + other + data[found.end() :]
            words = list(re.finditer(rb"[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?", data))
            continue
        lines = data.splitlines(keepends=True)
        at = rng.randrange(len(lines))
        lines[at : at + 1] = rng.choice(([], lines[at : at + 1] * 2, [b"(" * 5000], lines[::-1]))
        data = b"".join(lines) or b"\n"
        words = list(re.finditer(rb"[A-Za-z_][\w.]*|-?\d+(?:\.\d+)?", data))
    return data


def drop(entries: Entries, rng: random.Random) -> None:
    del entries[_one(entries, rng)]


def emptied(entries: Entries, rng: random.Random) -> None:
    at = _one(entries, rng)
    entries[at] = entries[at][0], rng.choice((b"", b"\0", entries[at][1][:-1]))


def repeated(entries: Entries, rng: random.Random) -> None:
    """Store a name twice, with other content."""
    name, data = entries[_one(entries, rng)]
    entries.insert(_one(entries, rng), (name, raw.mutate(data, rng)))


def renamed(entries: Entries, rng: random.Random) -> None:
    at = _one(entries, rng)
    name = entries[_one(entries, rng)][0]
    folder = name.partition("/")[0]
    other = rng.choice((name, name.upper(), name + "/", *_NAMES, f"{folder}/{rng.choice(_NAMES)}"))
    entries[at] = other[:65_000], entries[at][1]


def swapped(entries: Entries, rng: random.Random) -> None:
    """Exchange the content of two entries."""
    one, other = _one(entries, rng), _one(entries, rng)
    (name, data), (name2, data2) = entries[one], entries[other]
    entries[one], entries[other] = (name, data2), (name2, data)


def bomb(entries: Entries, rng: random.Random) -> None:
    at = _one(entries, rng)
    entries[at] = entries[at][0], bytes(rng.choice((10**5, 10**7)))


def directory(data: bytes, rng: random.Random) -> bytes:
    """Change sizes, offsets, flags or names in the headers of an archive."""
    changed_ = bytearray(data)
    marks = [m.start() for m in re.finditer(rb"PK(\x01\x02|\x03\x04|\x05\x06)", data)]
    at = rng.choice(marks) + 4 + 2 * rng.randrange(20)
    if at + 4 <= len(changed_):
        struct.pack_into("<I", changed_, at, rng.choice(raw.BOUNDARIES) % 2**32)
    return bytes(changed_)


def _one(entries: Entries, rng: random.Random) -> int:
    return rng.randrange(len(entries))


_CHANGES: tuple[Callable[[Entries, random.Random], None], ...] = (
    inner, inner, inner, inner, inner, drop, emptied, repeated, renamed, swapped, bomb,
)  # fmt: skip
