"""How much a foreign file may cost before the child that reads it is stopped."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from poseconvert.budgets import (
    CHILD_MEMORY,
    CHILD_MEMORY_SHARE,
    IDLE_SECONDS,
    STEP_SECONDS,
    STEP_SHARE,
    WRITTEN_BYTES,
    WRITTEN_SHARE,
)

MIB = 1 << 20
#: Set to a number of GiB by a user who knows that a file is good and large.
MEMORY_VARIABLE = "POSECONVERT_MEMORY_GIB"

_COUNTED_FILES = 10_000


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
    memory = CHILD_MEMORY.value + CHILD_MEMORY_SHARE.value * size
    chosen = os.environ.get(MEMORY_VARIABLE, "")
    if chosen.isdecimal() and 0 < int(chosen) < 1 << 20:
        memory = int(chosen) << 30
    return Limits(
        memory=memory,
        step_s=STEP_SECONDS.value + STEP_SHARE.value * size / MIB,
        idle_s=IDLE_SECONDS.value,
        written=WRITTEN_BYTES.value + WRITTEN_SHARE.value * size,
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
            if count > _COUNTED_FILES:
                return total
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue
    return total
