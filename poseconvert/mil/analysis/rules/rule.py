"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from poseconvert.fields import RuleKind
from poseconvert.mil.analysis.rules.seen import Seen, Site

#: From the strongest down: Core ML's own numbers, what its compiler says, a test of coremltools
#: that is marked as failing, what somebody reports, what a document says.
Evidence = Literal["Core ML result", "compiler message", "Apple's test", "report", "document"]

#: Only what Core ML printed may keep a package from being held.
BLOCKING: tuple[RuleKind, ...] = ("wrong", "refused")
PRINTED: tuple[Evidence, ...] = ("Core ML result", "compiler message")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule fires: the op's name, empty for the package, and what is there."""

    op: str
    what: str


@dataclass(frozen=True, slots=True)
class Check:
    """How a rule looks at a package.

    Attributes
    ----------
    ops : types of the ops it speaks of; empty where it speaks of the package.
    find : yields the places where it fires.
    """

    ops: tuple[str, ...]
    find: Callable[[Seen], Iterator[Place]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that Core ML does otherwise, or does not take.

    Attributes
    ----------
    id : PC and three digits; never used again for another rule.
    kind : *wrong* and *refused* keep a package from being held, *risky* and *slow* are notes.
    since : the opset from which it holds.
    title : what the package has.
    otherwise : what Core ML's compiler or runtime does.
    cure : what to do.
    source : where that is reported.
    evidence : how strong the source is.
    """

    id: str
    kind: RuleKind
    title: str
    otherwise: str
    cure: str
    source: str
    evidence: Evidence
    check: Check
    since: str = "CoreML5"


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fires at one place of a package."""

    rule: Rule
    place: Place

    @property
    def blocks(self) -> bool:
        """Whether the package is not held as long as it fires."""
        return self.rule.kind in BLOCKING

    def __str__(self) -> str:
        kind = "refused by the compiler" if self.rule.kind == "refused" else self.rule.kind
        where = f"{self.place.op}: " if self.place.op else ""
        rule = self.rule
        return (
            f"{rule.id} ({kind}) {where}{self.place.what}. {rule.otherwise} {rule.cure}"
            f" [{rule.source}]"
        )


def on(*ops: str) -> Callable[[Callable[[Site], str]], Check]:
    """Make a check of a function that says what is wrong with one op, or nothing."""

    def made(say: Callable[[Site], str]) -> Check:
        def find(seen: Seen) -> Iterator[Place]:
            for site in seen.sites():
                if site.operation.type in ops and (what := say(site)):
                    yield Place(site.operation.name, what)

        return Check(ops, find)

    return made


def whole(find: Callable[[Seen], Iterator[Place]]) -> Check:
    """Make a check of a function that looks at all of a package."""
    return Check((), find)
