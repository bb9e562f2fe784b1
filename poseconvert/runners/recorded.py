"""The place of a runner where outputs are only remembered."""

from __future__ import annotations

from poseconvert.errors import ConversionError
from poseconvert.runners.runner import Runner


def recorded_runner() -> Runner:
    """Stand for the runner of what was recorded.

    Raises
    ------
    ConversionError : always.
    """
    raise ConversionError("recorded outputs cannot be run again.")
