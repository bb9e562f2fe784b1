"""Where an artifact would run: by a compute plan that is given, and by a forecast."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from poseconvert.conversion.atomic_write import MANIFEST
from poseconvert.conversion.manifest import read_manifest
from poseconvert.conversion.promise import package_of
from poseconvert.errors import PackageError
from poseconvert.mil.analysis.compute_plan import ComputePlan, LeftType, fits, left_by_type
from poseconvert.mil.analysis.forecast import Forecast, forecast
from poseconvert.mil.analysis.plan_files import read_plan
from poseconvert.mil.package.reader import read_package


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the ops of a package run or could.

    Attributes
    ----------
    plan : what the file says; None where none was given.
    left : types of op that left the Neural Engine by that file, the costliest first.
    forecasts : by family of chips, the oldest first.
    """

    plan: ComputePlan | None
    left: tuple[LeftType, ...]
    forecasts: tuple[Forecast, ...]


def whereabouts(path: Path, plan: Path | None = None) -> Whereabouts | None:
    """Say where an artifact's ops run; None for what is no package and holds none.

    Raises
    ------
    PackageError : the plan cannot be read or is one of another network, or is given for an
        artifact that Core ML does not run.
    """
    given = None if plan is None else read_plan(plan)
    place = _package(path)
    if place is None:
        if plan is not None:
            raise PackageError(
                f"{path}: is not run by Core ML, so {plan} is not its plan. Give the .mlpackage"
                " or the conversion."
            )
        return None
    package = read_package(place)
    if given is not None and (why := fits(given, package)):
        raise PackageError(f"{plan}: a plan of another network: {why}. Give the plan of {path}.")
    left = () if given is None else left_by_type(given, package)
    return Whereabouts(given, left, forecast(package))


def _package(path: Path) -> Path | None:
    if path.suffix in (".mlpackage", ".mlmodel"):
        return path
    if os.path.lexists(path / MANIFEST):
        return path / package_of(read_manifest(path))
    return None
