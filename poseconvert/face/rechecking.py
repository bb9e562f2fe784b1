"""The record of a conversion judged again: nothing runs, and no runtime is loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from poseconvert.drift import Limit
from poseconvert.errors import UsageError, quoted
from poseconvert.face.results import Diff
from poseconvert.pipeline.diff.recheck import NewLimit, recheck


def rechecked(folder: Path, tolerances: Mapping[str, float]) -> Diff:
    """Judge the record again; see :meth:`poseconvert.face.conversion.Conversion.recheck`."""
    return Diff(recheck(folder, [_limit(name, value) for name, value in tolerances.items()]))


def _limit(name: str, value: float) -> NewLimit:
    stage, _, field = name.rpartition(".")
    number = isinstance(value, int | float) and math.isfinite(value) and value >= 0
    if not stage or field not in get_args(Limit) or not number:
        raise UsageError(
            f"tolerance {quoted(name)}: {quoted(value)}. Give STAGE.FIELD with FIELD relative,"
            " psnr_db, channel_db or joint_px, and a number from 0."
        )
    return NewLimit(stage, cast("Limit", field), float(value))
