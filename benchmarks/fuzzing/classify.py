"""How a command ended, as its user sees it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fuzzing.children import Ended, Limits, Room
from fuzzing.plan import Outcome, Plan

MOST_CHARACTERS = 300
_ORDINARY = {0: Outcome.HELD, 1: Outcome.BROKEN, 2: Outcome.REFUSED}
#: Path -> type, size, time.
Listing = dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Seen:
    """An outcome with what explains it."""

    outcome: Outcome
    said: str = ""
    where: str = ""


def classify(ended: Ended, plan: Plan, *, limits: Limits, room: Room, before: Listing) -> Seen:
    """Say what the end of a command was.

    Parameters
    ----------
    before : what lay in the room before it ran.
    """
    said = _said(ended.err)
    if ended.stopped or ended.code < 0:
        return _stopped(ended, said)
    bug = "This is a bug" in ended.err
    if ended.peak > limits.memory or (bug and "MemoryError" in ended.err):
        return Seen(Outcome.MEMORY, f"peak {ended.peak >> 20} MiB; {said}")
    if bug or "Traceback" in ended.err or ended.code not in _ORDINARY:
        return Seen(Outcome.BUG, said, f"exit {ended.code}")
    if noise := next(_noises(ended, plan, room, before), ""):
        return Seen(Outcome.NOISE, f"{noise}: {said[:200]}")
    return Seen(_ORDINARY[ended.code], said)


def _said(text: str) -> str:
    """Return the line of ours, else the last one."""
    lines = text.splitlines() or [""]
    return next((line for line in lines if line.startswith("poseconvert: ")), lines[-1])


def _stopped(ended: Ended, said: str) -> Seen:
    if ended.stopped == "memory":
        return Seen(Outcome.MEMORY, f"peak {ended.peak >> 20} MiB; {said[:200]}")
    if ended.stopped:
        return Seen(Outcome.HANG, f"after {ended.seconds:.0f} s; {said[:200]}")
    return Seen(Outcome.CRASH, f"signal {-ended.code}; {said[:200]}")


def _noises(ended: Ended, plan: Plan, room: Room, before: Listing) -> Iterator[str]:
    """Yield what a command printed or left that it should not have."""
    lines, refused = ended.err.splitlines(), ended.code == 2
    if refused and len(lines) != 1:
        yield f"{len(lines)} lines on standard error"
    for line in lines:
        if not line.startswith("poseconvert: "):
            yield f"standard error has {line[:80]!r}"
        if len(line) > MOST_CHARACTERS:
            yield f"a line of {len(line)} characters"
        if not line.isprintable():
            yield "control characters on standard error"
    if refused and ended.out:
        yield f"standard output has {ended.out[:80]!r}"
    allowed = () if refused else plan.writes
    after = listing(room.here)
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name) and name.partition("/")[0] not in allowed:
            yield f"{name} was left, changed or removed"
    yield from (f"{name} was left in TMPDIR" for name in sorted(os.listdir(room.temporary)))


def listing(folder: Path) -> Listing:
    """Return type, size and time of everything below a folder."""
    found: Listing = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            with suppress(OSError):
                now = path.lstat()
                sizes = (0, 0) if stat.S_ISDIR(now.st_mode) else (now.st_size, now.st_mtime_ns)
                found[path.relative_to(folder).as_posix()] = (stat.S_IFMT(now.st_mode), *sizes)
    return found
