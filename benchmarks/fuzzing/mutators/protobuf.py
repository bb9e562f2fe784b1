"""Fields of any protobuf message: what still parses and says something else."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from fuzzing.mutators.raw import BOUNDARIES

Message = Any
_LONG = "n" * 100_000
_TEXTS = ("", " ", "0", "a/b:0", "../../x", "\x1b[31m", "a\nb", "ä", "__class__", _LONG)


def mutate(message: Message, rng: random.Random, *, words: Sequence[str] = ()) -> Message:
    """Change a copy of ``message`` in one to five places.

    Parameters
    ----------
    words : texts of the format's own vocabulary, such as the names of ops.
    """
    return _changed(message, rng, words, SCALARS if rng.random() < 0.6 else STRUCTURE)


def disturb(message: Message, rng: random.Random, *, words: Sequence[str] = ()) -> Message:
    """Change numbers, names, flags and bytes only."""
    return _changed(message, rng, words, SCALARS)


def rearrange(message: Message, rng: random.Random, *, words: Sequence[str] = ()) -> Message:
    """Lose, repeat, swap, move or graft fields only."""
    return _changed(message, rng, words, STRUCTURE)


def _changed(
    message: Message, rng: random.Random, words: Sequence[str], changes: Sequence[Change]
) -> Message:
    changed = type(message)()
    changed.CopyFrom(message)
    wanted, whole = rng.choice((1, 1, 1, 2, 5)), message.SerializeToString(deterministic=True)
    for _ in range(20):
        # What the message lacks cannot change, nor become what protobuf itself refuses.
        with suppress(ValueError, TypeError, IndexError):
            rng.choice(changes)(changed, rng, words)
            wanted -= 1
        if wanted <= 0 and changed.SerializeToString(deterministic=True) != whole:
            break
    return changed


def scalar(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Give one scalar another value of its kind."""
    slots = list(scalars(message))
    container, key, value = rng.choice(slots)
    texts = [one for _, _, one in slots if isinstance(one, str)]
    _put(container, key, another(value, rng, [*texts, *words, *_TEXTS]))


def retarget(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Give one text the value of another: a name that means something else."""
    slots = [slot for slot in scalars(message) if isinstance(slot[2], str)]
    container, key, _ = rng.choice(slots)
    _put(container, key, rng.choice([*(value for _, _, value in slots), *words]))


def dimension(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Give one whole number a boundary, or move it by one."""
    slots = [slot for slot in scalars(message) if type(slot[2]) is int]
    container, key, value = rng.choice(slots)
    _put(container, key, rng.choice((*BOUNDARIES, value + 1, value - 1, value * 2, -value)))


def payload(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Change stored numbers: a byte or a float among those of one tensor."""
    slots = [slot for slot in scalars(message) if isinstance(slot[2], (bytes, float))]
    container, key, value = rng.choice(slots)
    _put(container, key, another(value, rng, ()))


def drop(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Clear one field that is set."""
    owner = rng.choice([one for one in messages(message) if one.ListFields()])
    owner.ClearField(rng.choice(owner.ListFields())[0].name)


def rearranged_list(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Lose, repeat, reverse or move an element of a list of messages."""
    place = rng.choice([one for one in lists(message) if len(one)])
    index, how = rng.randrange(len(place)), rng.randrange(5)
    if how == 0:
        del place[index]
    elif how == 1:
        place.append(place[index])
    elif how == 2:
        place.reverse()
    elif how == 3:
        place.insert(0, place[index])
    else:
        place.extend([place[index]] * rng.choice((2, 30, 1000)))


def renamed_key(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Lose a map's entry, or store it under another name."""
    maps = [value for one in messages(message) for field, value in one.ListFields() if _map(field)]
    place = rng.choice(maps)
    key = rng.choice(list(place))
    if not hasattr(place[key], "ListFields"):
        place.pop(key)
        return
    kept = type(place[key])()
    kept.CopyFrom(place[key])
    if rng.random() < 0.7:
        place.pop(key)
    if rng.random() < 0.7 and isinstance(key, str):
        name = rng.choice([*words, *_TEXTS, *(str(k) for one in maps for k in one)])
        place[name].CopyFrom(kept)


def graft(message: Message, rng: random.Random, words: Sequence[str]) -> None:
    """Put one message where another of its type stands."""
    everything = list(messages(message))[1:]
    one = rng.choice(everything)
    other = rng.choice([m for m in everything if m.DESCRIPTOR is one.DESCRIPTOR])
    copy = type(other)()
    copy.CopyFrom(other)
    one.CopyFrom(copy)


Change = Callable[[Message, random.Random, Sequence[str]], None]
SCALARS: tuple[Change, ...] = (scalar, retarget, dimension, payload)
STRUCTURE: tuple[Change, ...] = (drop, rearranged_list, renamed_key, graft)


def another(value: Any, rng: random.Random, texts: Sequence[str]) -> Any:
    """Draw a wrong value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice((*BOUNDARIES, value + 1, value - 1))
    if isinstance(value, float):
        return rng.choice((0.0, -1.0, 1e30, float("nan"), float("inf"), value / 7, -value))
    if isinstance(value, str):
        return rng.choice(texts)
    data = bytearray(value)
    if not data or rng.random() < 0.4:
        return rng.choice((b"", value[:-1], value + b"\0", value * 2))
    for _ in range(rng.choice((1, 4, len(data)))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _put(container: Any, key: Any, value: Any) -> None:
    if isinstance(key, int):
        container[key] = value
    else:
        setattr(container, key, value)


def _map(field: Any) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def messages(message: Message) -> Iterator[Message]:
    """Walk a message and every message below it."""
    stack = [message]
    while stack:
        one = stack.pop()
        yield one
        for field, value in one.ListFields():
            if _map(field):
                stack += [value[key] for key in value if hasattr(value[key], "ListFields")]
            elif field.message_type:
                stack += list(value) if field.is_repeated else [value]


def scalars(message: Message) -> Iterator[tuple[Any, Any, Any]]:
    """Walk every scalar slot: its container, its key, its value."""
    for one in messages(message):
        for field, value in one.ListFields():
            if field.message_type:
                continue
            if field.is_repeated:
                yield from ((value, index, item) for index, item in enumerate(value[:1000]))
            else:
                yield one, field.name, value


def lists(message: Message) -> Iterator[Any]:
    """Walk every list of messages: operations, nodes, arguments, blocks, types."""
    for one in messages(message):
        for field, value in one.ListFields():
            if field.message_type and field.is_repeated and not _map(field):
                yield value
