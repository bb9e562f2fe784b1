"""What a kind of mutant is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fuzzing.plan import Plan
from fuzzing.seeds import Seeds

#: Writes a mutant into an empty folder and says what reads it.
Make = Callable[[Seeds, Path, random.Random], Plan]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of mutant.

    Attributes
    ----------
    name : the format, a slash, and what of it is changed.
    weight : how many of 10,000 mutants, about.
    slow : its seed takes many seconds to make.
    """

    name: str
    weight: int
    make: Make
    slow: bool = False
