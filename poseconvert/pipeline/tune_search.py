"""The smallest set of ops that makes something hold: grown by rank, then pruned by price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


def smallest_set(
    ranked: Sequence[str],
    *,
    always: frozenset[str],
    price: Mapping[str, int],
    holds: Callable[[frozenset[str]], bool],
) -> frozenset[str] | None:
    """Return a set that holds and from which nothing can be dropped; None where none is found.

    Parameters
    ----------
    ranked : names, the most useful first.
    always : names that are in every set until the last step tries to drop them too.
    price : of each name; the dearest are dropped first, what has no price last.
    holds : whether a set is enough.
    """
    enough = _shortest_prefix(len(ranked), lambda count: holds(always | set(ranked[:count])))
    if enough is None:
        return None
    kept = always | set(ranked[:enough])
    for name in sorted(kept, key=lambda name: (-price.get(name, 0), name)):
        if holds(kept - {name}):
            kept -= {name}
    return kept


def _shortest_prefix(length: int, holds: Callable[[int], bool]) -> int | None:
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
