"""Versions, and what can run here; no library of the field is loaded for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poseconvert.face.bundled import REFERENCE_MODEL
from poseconvert.face.shown import Shown
from poseconvert.pipeline.inspect.environment import Environment, environment

if TYPE_CHECKING:
    from poseconvert.reports.notebook import Card


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Doctor(Shown):
    """What this machine has and can run.

    Attributes
    ----------
    record : versions, machine, libraries and abilities.
    """

    record: Environment

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for everything needed that is missing or out of its tested range."""
        return self.record.problems

    def json(self) -> dict[str, Any]:
        """Return what ``--json`` prints, schema ``poseconvert.doctor.v1``."""
        from poseconvert.reports.environment import environment_json

        return environment_json(self.record)

    def _card(self) -> Card:
        from poseconvert.reports.notebook import facts_card

        found = self.record
        facts = {each.name: f"{each.version} ({each.state})" for each in found.libraries}
        line = f"poseconvert {found.poseconvert}, Python {found.python}, {found.system}"
        return facts_card("lacking" if self.problems else "ready", line, facts, self.problems)


def doctor(reference_model: Path = REFERENCE_MODEL) -> Doctor:
    """Show versions and what can run here.

    Parameters
    ----------
    reference_model : the weights that travel with the package.
    """
    return Doctor(environment(reference_model))
