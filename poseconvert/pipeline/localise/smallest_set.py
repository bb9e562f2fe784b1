"""The smallest set of ops that makes something hold: grown by rank, then pruned by price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def smallest_set(
    ranked: Sequence[str], *, price: Mapping[str, int], holds: Callable[[frozenset[str]], bool]
) -> frozenset[str] | None:
    """Return a set that holds and from which nothing can be dropped; None where none is found.

    Parameters
    ----------
    ranked : names, the most useful first.
    price : of each name; the dearest are dropped first, what has no price last.
    holds : whether a set is enough.
    """
    grown = shortest_prefix(ranked, always=frozenset(), holds=holds)
    return None if grown is None else pruned(grown, price=price, holds=holds)


def shortest_prefix(
    ranked: Sequence[str],
    *,
    always: frozenset[str],
    holds: Callable[[frozenset[str]], bool],
) -> frozenset[str] | None:
    """Return ``always`` and the fewest of the first names that hold with it, None if all do not."""
    enough = _smallest_count(len(ranked), lambda count: holds(always | set(ranked[:count])))
    return None if enough is None else always | set(ranked[:enough])


def pruned(
    kept: frozenset[str], *, price: Mapping[str, int], holds: Callable[[frozenset[str]], bool]
) -> frozenset[str]:
    """Drop names from a set that holds, the dearest first, as long as the rest does."""
    for name in sorted(kept, key=lambda name: (-price.get(name, 0), name)):
        if holds(kept - {name}):
            kept -= {name}
    return kept


def _smallest_count(length: int, holds: Callable[[int], bool]) -> int | None:
    """Return the smallest count that holds, as far as more never holds less."""
    fails, count = 0, min(1, length)
    while not holds(count):
        if count == length:
            return None
        fails, count = count, min(2 * count, length)
    while count - fails > 1:
        middle = (fails + count) // 2
        if holds(middle):
            count = middle
        else:
            fails = middle
    return count
