"""Every kind of mutant: what is changed in which seeds, and what reads it then."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fuzzing import kinds_conversions, kinds_files, kinds_models
from fuzzing.kind import Kind, Make

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (*kinds_models.KINDS, *kinds_files.KINDS, *kinds_conversions.KINDS)
}
#: Runs of fewer mutants leave out what takes many seconds to make a seed for.
SMALL = 500
__all__ = ["KINDS", "SMALL", "Kind", "Make", "Share", "dice", "shares"]


@dataclass(frozen=True, slots=True)
class Share:
    """One mutant: with the seed of the run, enough to make it again."""

    kind: str
    index: int


def dice(seed: int, share: Share) -> random.Random:
    """Return the random numbers of one mutant."""
    return random.Random(f"{seed}:{share.kind}:{share.index}")


def shares(count: int, seed: int, *, only: str = "") -> list[Share]:
    """Spread ``count`` mutants over the kinds by weight, and shuffle them.

    Every kind has one at least, but for those of slow seeds in a small run, where ``count``
    allows.

    Parameters
    ----------
    only : a kind, or what the names of several begin with.
    """
    named = [kind for kind in KINDS.values() if kind.name.startswith(only)]
    chosen = [kind for kind in named if count >= SMALL or only or not kind.slow]
    found = [Share(name, index) for name, most in _counts(chosen, count) for index in range(most)]
    random.Random(seed).shuffle(found)
    return found[:count]


def _counts(kinds: Sequence[Kind], count: int) -> Iterator[tuple[str, int]]:
    """Give each kind one, and share out the rest so that the sum is exact."""
    total, rest = sum(kind.weight for kind in kinds), max(0, count - len(kinds))
    given, passed = 0, 0
    for kind in kinds:
        passed += kind.weight
        most = round(rest * passed / total)
        yield kind.name, 1 + most - given
        given = most
