"""Which rules on Core ML fire on the package of a conversion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from poseconvert.conversion.rule_record import RulesRecord
from poseconvert.errors import PackageError
from poseconvert.mil import read_package
from poseconvert.mil.analysis.rules.rule import Firing
from poseconvert.mil.analysis.rules.table import RuleChoice, find_firings
from poseconvert.pipeline.chain.measurement import Measurement
from poseconvert.stages.stage import PACKAGE


def fired_on(package: Path, choice: RuleChoice) -> tuple[Firing, ...]:
    """Say which rules fire on a package, those that block first.

    A package that cannot be read has no verdict that a rule could take away: no runner ran it.
    """
    try:
        return find_firings(read_package(package), choice)
    except PackageError:
        return ()


def with_rules(measurement: Measurement) -> Measurement:
    """Ask the rules that a conversion was made with of its package again."""
    choice = choice_of(measurement.manifest.rules)
    return replace(measurement, firings=fired_on(measurement.folder / PACKAGE, choice))


def choice_of(record: RulesRecord) -> RuleChoice:
    """Return which rules a conversion was made with."""
    return RuleChoice(record.select, record.ignore)
