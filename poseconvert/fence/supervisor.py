"""The process that the user started: it starts the child, watches it, and says how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from poseconvert.errors import shortened
from poseconvert.fence.inside import VARIABLE
from poseconvert.fence.limits import MEMORY_VARIABLE

_LOOK_S = 0.02  # memory can grow by 100 MB meanwhile
_RELAXED_LOOK_S = 0.25
_GRACE_S = 5.0
_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT)


@dataclass(slots=True)
class _Watch:
    """What the child said of itself, and since when it works on its step."""

    pid: int
    step: str = "starting"
    foreign: str = ""
    memory: int = 0
    step_s: float = 0.0
    idle_s: float = 0.0
    building: set[str] = field(default_factory=set)
    begun: float = field(default_factory=time.monotonic)
    begun_cpu: float = 0.0
    asked: float | None = None
    places: frozenset[str] = frozenset()
    made: set[str] = field(default_factory=set)

    def hear(self, message: dict[str, Any]) -> None:
        """Take what the child says; once it has read a foreign file it may be somebody else."""
        if "step" in message:
            self.step = str(message["step"])
            self.begun, self.begun_cpu = time.monotonic(), _cpu_s(self.pid)
        if "foreign" in message and not self.foreign:  # once: none raises its own limits
            self.foreign = message["foreign"]
            self.memory = message["memory"]
            self.step_s, self.idle_s = message["step_s"], message["idle_s"]
            self.places = frozenset(message["places"])
        if self._may_remove(message.get("building", "")):
            self.building.add(message["building"])
        self.building.discard(message.get("gone", ""))
        self.made |= {message["made"]} & self.places if "made" in message else set()

    def _may_remove(self, path: str) -> bool:
        """Whether a path is a partial folder of this child, where it said before that it writes."""
        folder, name = os.path.split(os.path.normpath(path))
        near = {*self.places, *map(os.path.dirname, self.places), *self.building}
        return f".partial-{self.pid}" in name and (not self.foreign or folder in near)

    def broken_limit(self) -> str:
        """Say which limit the child is beyond; empty where it keeps them all."""
        if self.asked is not None and time.monotonic() - self.asked > _GRACE_S:
            return "it did not end when it was asked to"
        if not self.foreign:
            return ""
        if (resident := _resident(self.pid)) > self.memory:
            return (
                f"it takes {resident >> 20} MiB of memory, {self.memory >> 20} are allowed for its"
                f" size. If you trust it, set {MEMORY_VARIABLE}"
            )
        passed = time.monotonic() - self.begun
        worked = _cpu_s(self.pid) - self.begun_cpu
        if min(passed, worked) > self.step_s:
            return f"no end after {self.step_s:.0f} s of work, which its size does not explain"
        if passed > self.idle_s and worked < passed / 10:
            return f"nothing happened for {self.idle_s:.0f} s"
        return ""


def supervise(remember: Callable[[Path], None]) -> int:
    """Run this same command in a child; return its exit code, or 2 where it did not end well.

    Parameters
    ----------
    remember : called with each conversion that a child which ended well has made.
    """
    read, write = os.pipe()
    environment = {**os.environ, VARIABLE: str(write)}
    # A group of its own: Ctrl-C reaches it once, through here.
    child = subprocess.Popen(
        [sys.executable, *sys.orig_argv[1:]],
        env=environment,
        pass_fds=(write,),
        process_group=0,
        stdin=subprocess.DEVNULL,
    )
    os.close(write)
    watch = _Watch(child.pid)
    with _forwarding(child, watch), os.fdopen(read, "rb", buffering=0) as pipe:
        why = _watched(child, pipe.fileno(), watch)
    if child.returncode in (0, 1) and not why:
        for made in watch.made:
            remember(Path(made))
    return _said(child.returncode, why, watch)


def _watched(child: subprocess.Popen[bytes], pipe: int, watch: _Watch) -> str:
    """Wait for the child's end; return the limit that it was stopped for, if it was."""
    pending = b""
    while True:
        relaxed = not watch.foreign and watch.asked is None
        ready, _, _ = select.select([pipe], [], [], _RELAXED_LOOK_S if relaxed else _LOOK_S)
        if ready:
            data = os.read(pipe, 1 << 16)
            if not data:  # it closed its end: it has ended
                child.wait()
                return ""
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
                    watch.hear(json.loads(line))
        if why := watch.broken_limit():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return why


@contextlib.contextmanager
def _forwarding(child: subprocess.Popen[bytes], watch: _Watch) -> Iterator[None]:
    """Hand on what is sent to this process, which itself goes on until the child has ended."""

    def forward(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        if number != signal.SIGCONT:
            watch.asked = time.monotonic()

    def stop(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)

    # What the shell told this process to ignore, as it does for jobs in the background, stays so.
    handlers = dict.fromkeys(_FORWARDED, forward) | {signal.SIGTSTP: stop}
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _said(code: int, why: str, watch: _Watch) -> int:
    """Return the exit code; say in one line how a child ended that could not say it itself."""
    if code >= 0 and not why:
        return code
    for folder in watch.building:
        shutil.rmtree(folder, ignore_errors=True)
    if watch.asked is not None:
        print("poseconvert: interrupted; nothing was written.", file=sys.stderr)
        return 130
    name = signal.Signals(-code).name if code < 0 else ""
    where = f"{watch.foreign or 'poseconvert'}: "
    if why:
        text = f"stopped at {watch.step!r}: {why}."
    elif code == -signal.SIGKILL:
        text = f"the system killed it at {watch.step!r}, as it does when memory runs out."
    elif watch.foreign:
        text = (
            f"a library crashed on it ({name}) at {watch.step!r}. The file is damaged or was made"
            " to do that: export it again."
        )
    else:
        text = f"a library crashed ({name}) at {watch.step!r}. This is a bug: please report it."
    print(shortened(f"poseconvert: {where}{text} Nothing was written."), file=sys.stderr)
    return 2


def _resident(pid: int) -> int:
    """Return the bytes a process has in memory; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, LookupError, ValueError):
        return 0


def _cpu_s(pid: int) -> float:
    """Return the seconds of processor time of a process; all time passed where nobody says."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            user, system = file.read().rpartition(b")")[2].split()[11:13]
    except (OSError, ValueError):
        return time.monotonic()
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
