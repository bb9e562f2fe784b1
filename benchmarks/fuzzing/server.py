"""A process that has imported every reader, and forks a child for each mutant."""

from __future__ import annotations

import gc
import importlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from fuzzing import reading
from fuzzing.children import Ended, Limits, Room, forked, spawned
from fuzzing.classify import Listing, Seen, classify, listing
from fuzzing.plan import Outcome, Plan

_STARTING = 15.0  # a process of its own imports everything anew, on a machine that may be busy
_NATIVE = {Outcome.CRASH, Outcome.HANG, Outcome.MEMORY}
_ORDINARY = {Outcome.REFUSED, Outcome.HELD, Outcome.BROKEN}


class Server:
    """Runs plans in children of this process.

    Parameters
    ----------
    folder : where mutants lie while they are looked at; emptied for each.
    limits : of every child.
    """

    def __init__(self, folder: Path, *, limits: Limits | None = None) -> None:
        self.room = Room(folder)
        self.limits = limits or Limits()
        reading.preload()
        self.clear()

    def warm(self, plan: Plan) -> None:
        """Import whatever a child had to import to run ``plan``."""
        names, _ = self.call(lambda: _imported(plan))
        for name in names or ():
            with suppress(Exception):  # some modules are there for a moment only
                if name not in sys.modules:
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
        elif again and seen.outcome in _NATIVE:
            seen, ended = self._as_its_user_sees_it(seen, ended, again)
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
        return classify(ended, plan, limits=self.limits, room=self.room, before=before)

    def _place(self, again: Callable[[], Plan]) -> str:
        """Run a bug once more and find where it is raised."""
        self.clear()
        plan = again()

        def run() -> None:
            os.environ["POSECONVERT_TRACEBACK"] = "1"
            reading.run(plan)

        lines = forked(run, self.room, self.limits).err.splitlines()
        frames = [line.strip() for line in lines if line.strip().startswith("File ")]
        ours = [line for line in frames if "poseconvert" in line and "cli/__init__" not in line]
        last = (ours or frames or [""])[-1]
        _, _, place = last.replace('"', "").rpartition("poseconvert/")
        return f"{lines[-1][:120] if lines else ''} at {place}"

    def _as_its_user_sees_it(
        self, seen: Seen, ended: Ended, again: Callable[[], Plan]
    ) -> tuple[Seen, Ended]:
        """Run the whole command line once more: a fence may turn the crash into one line.

        Time and memory of the command are then what it took of the user.
        """
        self.clear()
        plan = again()
        before = listing(self.room.here)
        command = [sys.executable, "-m", reading.PROGRAM, *plan.argv]
        limits = replace(self.limits, seconds=self.limits.seconds + _STARTING)
        fenced = spawned(command, self.room, limits)
        whole = classify(fenced, plan, limits=limits, room=self.room, before=before)
        where = f"the whole command: {whole.outcome}, {whole.said[:160]}"
        if whole.outcome in _ORDINARY:
            return Seen(Outcome.FENCED, f"{seen.outcome}: {seen.said}", where), fenced
        return replace(seen, where=where), ended


def _imported(plan: Plan) -> list[str]:
    with suppress(SystemExit):
        reading.run(plan)
    return sorted(set(sys.modules) - {"__main__"})
