"""JSON: other types, keys too few or too many, numbers at a boundary, depth, length, encoding."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

#: Stands in a value for text that ``json.dumps`` would not write.
_MARK = "@@{}@@"
_RAW = (
    "NaN", "Infinity", "-Infinity", "1e999", "-0", "1" + "0" * 5000, "[" * 100_000,
    "[" * 20_000 + "]" * 20_000, '{"a":' * 20_000 + "1" + "}" * 20_000, '"\\ud800"', "01", "tru",
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 255, 256, 65536, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64,
    -(2**63), 10**30, 0.5, -0.5, 1e-300, 1e30, 1e300, 3.0000001,
)  # fmt: skip
TEXTS = (
    "", " ", "x", "0", "NaN", "fp15", "../../etc/passwd", "/etc/passwd", "a\nb", "\x1b[31m", "\0",
    "é", "\u202e", "held", "x" * 1_000_000, "[" * 1000,
)  # fmt: skip
Place = tuple[Any, Any]


def mutate(seed: bytes, rng: random.Random) -> bytes:
    """Change one to three places of the text, or its encoding."""
    content = json.loads(seed)
    raw: list[str] = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        content = _change(content, rng, raw)
    text = json.dumps(content, ensure_ascii=rng.random() < 0.5)
    for index, piece in enumerate(raw):
        text = text.replace(f'"{_MARK.format(index)}"', piece)
    return _encoded(text, rng)


def _encoded(text: str, rng: random.Random) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if rng.random() > 0.08:
        return data
    at = rng.randrange(len(data) + 1)
    return rng.choice(
        (
            data[:at] + b"\xff\xfe" + data[at:],
            b"\xef\xbb\xbf" + data,
            text.encode("utf-16", "surrogatepass"),
            data[:at],
            data + data,
            data + b"\0" * 64,
            b"",
        )
    )


def _change(content: Any, rng: random.Random, raw: list[str]) -> Any:
    holder = [content]
    container, key = rng.choice(list(places(holder)))
    rng.choice(_CHANGES)(container, key, rng, raw)
    return holder[0] if holder else None


def places(value: Any) -> Iterator[Place]:
    """Walk every place in a value: what holds it and its key there."""
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, inner in items[:200]:
        yield value, key
        if isinstance(inner, (dict, list)):
            yield from places(inner)


def retype(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    old = container[key]
    container[key] = rng.choice(
        (None, True, False, 5, "5", 1.5, [], {}, [old], {"a": old}, str(old)[:100], -1)
    )


def delete(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    del container[key]
    if isinstance(container, list) and not container and rng.random() < 0.2:
        container.append(None)


def extra(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    """Add a key, or repeat an element."""
    if isinstance(container, dict):
        container[rng.choice(("extra", "", "schema", "__class__", "x" * 100_000))] = container[key]
    else:
        container.extend([container[key]] * rng.choice((1, 1, 10, 2000)))


def boundary(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    container[key] = rng.choice(NUMBERS)


def text(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    container[key] = rng.choice(TEXTS)


def unwritable(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    """Put what no writer of JSON would write: NaN, depth without end, half a surrogate."""
    container[key] = _MARK.format(len(raw))
    raw.append(rng.choice(_RAW))


def swap(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    other = rng.choice(list(container) if isinstance(container, dict) else range(len(container)))
    container[key], container[other] = container[other], container[key]


def nudge(container: Any, key: Any, rng: random.Random, raw: list[str]) -> None:
    """Move a number or a letter a little: what a forger would."""
    old = container[key]
    if isinstance(old, bool):
        container[key] = not old
    elif isinstance(old, (int, float)):
        container[key] = rng.choice((old + 1, old - 1, old * 2, old / 2, -old))
    elif isinstance(old, str):
        at = rng.randrange(len(old) + 1)
        container[key] = old[:at] + rng.choice("aZ0_ /é") + old[at + 1 :]
    else:
        retype(container, key, rng, raw)


_CHANGES: tuple[Callable[[Any, Any, random.Random, list[str]], None], ...] = (
    retype, retype, delete, extra, boundary, boundary, text, unwritable, swap, nudge, nudge,
)  # fmt: skip
