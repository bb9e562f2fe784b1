"""A process that has imported every reader, and forks a child for each mutant."""

from __future__ import annotations

import gc
import importlib
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fuzzing import reading
from fuzzing.children import Ended, Limits, Room, forked, spawned
from fuzzing.plan import Outcome, Plan

_MOST = 300
_BUG = 70
_STARTING = 15.0  # a process of its own imports everything anew, on a machine that may be busy
Listing = dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Seen:
    """An outcome with what explains it."""

    outcome: Outcome
    said: str = ""
    where: str = ""


class Server:
    """Runs plans in children of this process.

    Parameters
    ----------
    folder : where mutants lie while they are looked at; emptied for each.
    """

    def __init__(self, folder: Path, *, limits: Limits | None = None) -> None:
        self.room = Room(folder)
        self.limits = limits or Limits()
        reading.preload()
        self.clear()

    def warm(self, plan: Plan) -> None:
        """Import whatever a child had to import to run ``plan``."""
        names = self.room.folder / "modules.json"

        def run() -> None:
            try:
                reading.run(plan)
            finally:
                names.write_text(json.dumps(sorted(sys.modules)))

        forked(run, self.room, self.limits)
        for name in json.loads(names.read_text()):
            with suppress(Exception):
                if name not in sys.modules and name != "__main__":
                    importlib.import_module(name)
        gc.collect()
        gc.freeze()

    def clear(self) -> Path:
        """Empty the room; return the folder that a mutant is written into."""
        shutil.rmtree(self.room.folder, ignore_errors=True)
        for name in ("m", "t", "h"):
            (self.room.folder / name).mkdir(parents=True)
        return self.room.here

    def run(self, plan: Plan, again: Callable[[], Plan] | None = None) -> tuple[Seen, Ended]:
        """Run a plan on the mutant in the room and say how it ended.

        Parameters
        ----------
        again : write the same mutant once more; needed to look at a crash, a hang or a bug twice.
        """
        before = listing(self.room.here)
        ended = forked(lambda: reading.run(plan), self.room, self.limits)
        seen = self._seen(ended, plan, before)
        if again and seen.outcome is Outcome.BUG:
            seen = replace(seen, where=self._place(again))
        elif again and seen.outcome in {Outcome.CRASH, Outcome.HANG, Outcome.MEMORY}:
            seen = self._as_its_user_sees_it(seen, again)
        return seen, ended

    def call(self, function: Callable[[], Any]) -> tuple[Any, Ended]:
        """Run ``function`` in a child; return what it returns, None where it did not."""
        answer = self.room.folder / "answer.json"
        answer.unlink(missing_ok=True)

        def run() -> None:
            answer.write_text(json.dumps(function()))

        ended = forked(run, self.room, self.limits)
        with suppress(OSError, ValueError):
            return json.loads(answer.read_text()), ended
        return None, ended

    def _seen(self, ended: Ended, plan: Plan, before: Listing) -> Seen:
        lines = ended.err.splitlines()
        said = next((line for line in lines if line.startswith("poseconvert: ")), "")
        said = said or (lines[-1] if lines else "")
        if ended.stopped or ended.code < 0:
            return _stopped(ended, said)
        bug = "This is a bug" in ended.err
        if ended.peak > self.limits.memory or (bug and "MemoryError" in ended.err):
            return Seen(Outcome.MEMORY, f"peak {ended.peak >> 20} MiB; {said[:_MOST]}")
        if bug or "Traceback" in ended.err or ended.code >= _BUG:
            return Seen(Outcome.BUG, said[:_MOST], f"exit {ended.code}")
        if noise := self._noise(ended, plan, before):
            return Seen(Outcome.NOISE, f"{noise}: {said[:200]}")
        found = {0: Outcome.HELD, 1: Outcome.BROKEN, 2: Outcome.REFUSED}
        if ended.code not in found:
            return Seen(Outcome.BUG, said[:_MOST], f"exit {ended.code}")
        return Seen(found[ended.code], said)

    def _noise(self, ended: Ended, plan: Plan, before: Listing) -> str:
        """Say what a command left or printed that it should not have."""
        lines = ended.err.splitlines()
        if ended.code == 2 and len(lines) != 1:
            return f"{len(lines)} lines on standard error"
        if foreign := [line for line in lines if not line.startswith("poseconvert: ")]:
            return f"standard error has {foreign[0][:80]!r}"
        if longest := max((len(line) for line in lines if len(line) > _MOST), default=0):
            return f"a line of {longest} characters"
        if not all(line.isprintable() for line in lines):
            return "control characters on standard error"
        if ended.code == 2 and ended.out:
            return f"standard output has {ended.out[:80]!r}"
        allowed = plan.writes if ended.code != 2 else ()
        after = listing(self.room.here)
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name) and name.partition("/")[0] not in allowed:
                return f"{name} was left, changed or removed"
        left = sorted(os.listdir(self.room.temporary))
        return f"{left[0]} was left in TMPDIR" if left else ""

    def _place(self, again: Callable[[], Plan]) -> str:
        """Run a bug once more and find where it is raised."""
        self.clear()
        plan = again()

        def run() -> None:
            os.environ["POSECONVERT_TRACEBACK"] = "1"
            reading.run(plan)

        lines = forked(run, self.room, self.limits).err.splitlines()
        frames = [line.strip() for line in lines if line.strip().startswith("File ")]
        ours = [line for line in frames if "poseconvert" in line and "/cli/__init__" not in line]
        last = (ours or frames or [""])[-1]
        _, _, place = last.replace('"', "").rpartition("poseconvert/")
        return f"{lines[-1][:120] if lines else ''} at {place}"

    def _as_its_user_sees_it(self, seen: Seen, again: Callable[[], Plan]) -> Seen:
        """Run the whole command line once more: a fence may turn the crash into one line."""
        self.clear()
        plan = again()
        before = listing(self.room.here)
        command = [sys.executable, "-m", reading.PROGRAM, *plan.argv]
        limits = replace(self.limits, seconds=self.limits.seconds + _STARTING)
        whole = self._seen(spawned(command, self.room, limits), plan, before)
        where = f"the whole command: {whole.outcome}, {whole.said[:160]}"
        if whole.outcome in {Outcome.REFUSED, Outcome.HELD, Outcome.BROKEN}:
            return Seen(Outcome.FENCED, f"{seen.outcome}: {seen.said}", where)
        return replace(seen, where=where)


def _stopped(ended: Ended, said: str) -> Seen:
    if ended.stopped == "memory":
        return Seen(Outcome.MEMORY, f"peak {ended.peak >> 20} MiB; {said[:200]}")
    if ended.stopped:
        return Seen(Outcome.HANG, f"after {ended.seconds:.0f} s; {said[:200]}")
    return Seen(Outcome.CRASH, f"signal {-ended.code}; {said[:200]}")


def listing(folder: Path) -> Listing:
    """Return type, size and time of everything below a folder."""
    found: Listing = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            with suppress(OSError):
                is_ = path.lstat()
                folderish = stat.S_ISDIR(is_.st_mode)
                times = (0, 0) if folderish else (is_.st_size, is_.st_mtime_ns)
                found[path.relative_to(folder).as_posix()] = (stat.S_IFMT(is_.st_mode), *times)
    return found
