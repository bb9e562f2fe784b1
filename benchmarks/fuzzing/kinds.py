"""Every kind of mutant: what is changed in which seeds, and what reads it then."""

from __future__ import annotations

import random
from dataclasses import dataclass

from fuzzing import kinds_conversions, kinds_files, kinds_models
from fuzzing.kind import Kind, Make

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (*kinds_models.KINDS, *kinds_files.KINDS, *kinds_conversions.KINDS)
}
__all__ = ["KINDS", "Kind", "Make", "Share", "dice", "shares"]


@dataclass(frozen=True, slots=True)
class Share:
    """One mutant: with the seed of the run, enough to make it again."""

    kind: str
    index: int


def dice(seed: int, share: Share) -> random.Random:
    """Return the random numbers of one mutant."""
    return random.Random(f"{seed}:{share.kind}:{share.index}")


def shares(count: int, seed: int, *, only: str = "") -> list[Share]:
    """Spread ``count`` mutants over the kinds by weight, every kind at least once, and shuffle.

    Parameters
    ----------
    only : a kind, or what the names of several begin with.
    """
    chosen = [kind for kind in KINDS.values() if kind.name.startswith(only)]
    total = sum(kind.weight for kind in chosen)
    found = [
        Share(kind.name, index)
        for kind in chosen
        for index in range(max(1, round(count * kind.weight / total)))
    ]
    random.Random(seed).shuffle(found)
    return found


