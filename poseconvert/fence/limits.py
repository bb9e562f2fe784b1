"""How much a foreign file may cost before the child that reads it is stopped."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20

# The libraries alone take 0.9 GB once all are loaded; small hostile files must end below 2 GB.
_MEMORY = 1800 * MIB
# Weights stand in memory as torch, ONNX and Core ML hold them, each about twice while converted.
_MEMORY_PER_BYTE = 24
# A healthy step of a small network takes a second or two, importing all libraries five.
_STEP_S = 20.0
# HRNet-W18 (85 MB) searches its float16 for two minutes in a step.
_STEP_S_PER_MIB = 4.0
# A child that does nothing waits for something that will not come.
_IDLE_S = 120.0
# Of all that a command writes: packages, ONNX and goldens are a few times the file.
_WRITTEN = 4096 * MIB
_WRITTEN_PER_BYTE = 16
#: Set to a number of GiB by a user who knows that a file is good and large.
MEMORY_VARIABLE = "POSECONVERT_MEMORY_GIB"

_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    Attributes
    ----------
    memory : resident bytes.
    step_s : seconds of work between two steps that it reports.
    idle_s : seconds without work.
    written : bytes of one file that it writes.
    """

    memory: int
    step_s: float
    idle_s: float
    written: int


def limits_for(size: int) -> Limits:
    """Return the limits for foreign files of ``size`` bytes together."""
    memory = _MEMORY + _MEMORY_PER_BYTE * size
    chosen = os.environ.get(MEMORY_VARIABLE, "")
    if chosen.isdecimal() and 0 < int(chosen) < 1 << 20:
        memory = int(chosen) << 30
    return Limits(
        memory=memory,
        step_s=_STEP_S + _STEP_S_PER_MIB * size / MIB,
        idle_s=_IDLE_S,
        written=_WRITTEN + _WRITTEN_PER_BYTE * size,
    )


def size_of(paths: Iterable[Path]) -> int:
    """Return how many bytes files hold, those of folders together; what cannot be read is 0."""
    return sum(map(_size, paths))


def _size(path: Path) -> int:
    try:
        if not path.is_dir():
            return path.stat().st_size
    except OSError:
        return 0
    total = count = 0
    for folder, _, names in os.walk(path):
        for name in names:
            count += 1
            if count > _MOST_FILES:
                return total
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue
    return total
