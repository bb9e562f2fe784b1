"""What is run on a mutant, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a command ended, as its user sees it."""

    REFUSED = "refused"
    HELD = "accepted"
    BROKEN = "broken"
    BUG = "bug"
    CRASH = "crash"
    HANG = "hang"
    MEMORY = "memory"
    NOISE = "noise"
    FENCED = "fenced"


#: Outcomes that nobody may see.
UNEXPECTED = frozenset({Outcome.BUG, Outcome.CRASH, Outcome.HANG, Outcome.MEMORY, Outcome.NOISE})


@dataclass(frozen=True, slots=True)
class Plan:
    """A mutant that lies in the current folder, and what reads it.

    Attributes
    ----------
    argv : of ``poseconvert``.
    action : a reading function and its arguments, run in place of the command because it is
        cheaper; empty: the command itself runs.
    writes : the only paths that a command that did not refuse may have made.
    judged : conversion folder that an independent run looks at where it was accepted.
    original : the seed of that folder; empty without one.
    """

    argv: tuple[str, ...]
    action: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    judged: str = ""
    original: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one mutant.

    Attributes
    ----------
    kind, index : with the seed, all that is needed to make it again.
    said : first line of standard error, or what was wrong.
    where : exception and place of a bug; what the command line itself gave for a crash.
    judged : ``changed``, ``unchanged``, or empty where nothing was judged.
    change : how far the furthest output moved, in words.
    """

    kind: str
    index: int
    outcome: Outcome
    command: str
    seconds: float
    peak_mb: int
    said: str = ""
    where: str = ""
    judged: str = ""
    change: str = ""

    @property
    def false(self) -> bool:
        """Whether a verdict says held of what an independent run says changed."""
        return self.outcome is Outcome.HELD and self.judged == "changed"

    @property
    def failed(self) -> bool:
        """Whether this must not happen."""
        return self.false or self.outcome in UNEXPECTED
