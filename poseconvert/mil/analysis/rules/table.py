"""All rules in one table, and what of it fires on a package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from poseconvert.errors import UsageError, quoted
from poseconvert.mil.analysis.rules import (
    attention,
    convolution,
    flexible,
    half_precision,
    indexing,
    interface,
    padding,
    pooling,
    resizing,
    tensors,
)
from poseconvert.mil.analysis.rules.rule import Firing, Place, Rule
from poseconvert.mil.analysis.rules.seen import seen_of
from poseconvert.mil.package.program import OPSETS, Package

RULES: tuple[Rule, ...] = (
    *pooling.RULES,
    *padding.RULES,
    *convolution.RULES,
    *resizing.RULES,
    *tensors.RULES,
    *interface.RULES,
    *flexible.RULES,
    *half_precision.RULES,
    *attention.RULES,
    *indexing.RULES,
)


@dataclass(frozen=True, slots=True)
class RuleChoice:
    """Which rules are asked.

    Attributes
    ----------
    select : beginnings of rule ids; empty for all.
    ignore : beginnings of rule ids that are left out all the same.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether a rule is left out."""
        return bool(self.select or self.ignore)

    def asks(self, rule: Rule) -> bool:
        """Whether a rule is asked."""
        chosen = not self.select or rule.id.startswith(self.select)
        return chosen and not (self.ignore and rule.id.startswith(self.ignore))


EVERY_RULE = RuleChoice()


def rule_choice(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> RuleChoice:
    """Return the choice that two lists of ids make.

    Raises
    ------
    UsageError : no rule's id begins so.
    """
    choice = RuleChoice(tuple(select), tuple(ignore))
    for option, given in (("select", choice.select), ("ignore", choice.ignore)):
        for beginning in given:
            if not beginning or not any(rule.id.startswith(beginning) for rule in RULES):
                raise UsageError(
                    f"{option}: no rule begins with {quoted(beginning)}. Rules are"
                    f" {RULES[0].id} to {RULES[-1].id}, see docs/rules.md."
                )
    return choice


def recorded_firings(places: Iterable[tuple[str, str]]) -> tuple[Firing, ...]:
    """Return what fired once, from ids of rules and names of ops; unknown ids are left out.

    Parameters
    ----------
    places : id and op of each.
    """
    known = {rule.id: rule for rule in RULES}
    return tuple(
        Firing(known[rule], Place(op, known[rule].title)) for rule, op in places if rule in known
    )


def find_firings(package: Package, choice: RuleChoice = EVERY_RULE) -> tuple[Firing, ...]:
    """Say which rules fire on a package, those that block first.

    Parameters
    ----------
    package
        What ``read_package`` gave; it need not be one the executor can run.
    choice
        Which rules are asked.
    """
    if package.format in ("NeuralNetwork", "other"):
        return ()  # the rules are about ML Programs; what a layer becomes here is our own
    seen = seen_of(package)
    opset = OPSETS.index(package.program.main.opset)
    asked: Sequence[Rule] = [
        rule for rule in RULES if OPSETS.index(rule.since) <= opset and choice.asks(rule)
    ]
    firings = [Firing(rule, place) for rule in asked for place in rule.check.find(seen)]
    return tuple(sorted(firings, key=lambda firing: not firing.blocks))
