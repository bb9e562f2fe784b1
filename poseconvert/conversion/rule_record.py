"""What a conversion says of Core ML's rules: which were asked, and which fired."""

from __future__ import annotations

from dataclasses import dataclass

from poseconvert.fields import Name, RuleKind


@dataclass(frozen=True, slots=True)
class FiredRecord:
    """One rule that fired at one place.

    Attributes
    ----------
    rule : Its id, such as PC010.
    kind : Wrong and refused keep the conversion from being held; risky and slow are notes.
    op : The op it concerns; empty for the package.
    """

    rule: Name
    kind: RuleKind
    op: Name


@dataclass(frozen=True, slots=True)
class RulesRecord:
    """Which rules were asked of the package, and which fired.

    Attributes
    ----------
    select : Beginnings of the ids of those that were asked; empty for all.
    ignore : Beginnings of the ids of those that were left out.
    fired : One entry for each place.
    """

    select: tuple[Name, ...] = ()
    ignore: tuple[Name, ...] = ()
    fired: tuple[FiredRecord, ...] = ()

    @property
    def block(self) -> bool:
        """Whether one that fired keeps the conversion from being held."""
        return any(one.kind in ("wrong", "refused") for one in self.fired)
