"""Run something in a child, with limits on time, memory and files, and see how it ends."""

from __future__ import annotations

import atexit
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
_LOOK_MS = 20
#: Exit status of a child that an exception left.
ESCAPED = 70


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    Attributes
    ----------
    seconds : of wall time, and of processor time.
    memory : resident bytes of any of its processes.
    file : bytes of one file.
    """

    seconds: float = 30.0
    memory: int = 2048 * MIB
    file: int = 512 * MIB


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended.

    Attributes
    ----------
    code : exit status, negative for a signal.
    stopped : ``time`` or ``memory`` where a limit stopped it.
    """

    code: int
    stopped: str
    seconds: float
    peak: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Room:
    """Where a child lives: its current folder, its temporary files, its home, what it prints."""

    folder: Path

    @property
    def here(self) -> Path:
        return self.folder / "m"

    @property
    def temporary(self) -> Path:
        return self.folder / "t"

    def environment(self) -> dict[str, str]:
        home = str(self.folder / "h")
        return {
            "TMPDIR": str(self.temporary), "HOME": home, "XDG_CACHE_HOME": home, "COLUMNS": "120",
        }  # fmt: skip


def forked(function: Callable[[], int | None], room: Room, limits: Limits) -> Ended:
    """Run ``function`` in a fork of this process; what it returns is the exit status."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _enter(room, limits)
        _leave(function)
    return watch(pid, room, limits, started)


def spawned(command: list[str], room: Room, limits: Limits) -> Ended:
    """Run a command line in a process of its own, watched in the same way."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            _enter(room, limits)
            os.execvpe(command[0], command, {**os.environ, **room.environment()})
        os._exit(127)
    return watch(pid, room, limits, started)


def watch(pid: int, room: Room, limits: Limits, started: float) -> Ended:
    """Wait for a child; stop it and all that it started where it is over a limit."""
    stopped, peak = "", 0
    handle = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    try:
        while not poll.poll(_LOOK_MS):
            peak = max(peak, resident(pid))
            late = time.monotonic() - started > limits.seconds
            if late or peak > limits.memory:
                stopped = "time" if late else "memory"
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
    finally:
        os.close(handle)
    _, status, used = os.wait4(pid, 0)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)  # whatever it left running
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        stopped = "time"
    return Ended(
        code, stopped, time.monotonic() - started, max(peak, used.ru_maxrss * 1024),
        _text(room.folder / "out"), _text(room.folder / "err"),
    )  # fmt: skip


def resident(pid: int) -> int:
    """Return the largest resident set, in bytes, of a process and of those that it started."""
    most = 0
    for one in (pid, *_children(pid)):
        with suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{one}/statm").read_text().split()[1])
            most = max(most, pages * resource.getpagesize())
    return most


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError, ValueError):
        for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += [int(one), *_children(int(one))]
    return found


def _enter(room: Room, limits: Limits) -> None:
    """Become a process of its own: group, folder, standard streams, limits."""
    os.setsid()
    os.chdir(room.here)
    os.environ.update(room.environment())
    tempfile.tempdir = None
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(room.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)
        for number, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    seconds = int(limits.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file, limits.file))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Far above what is watched: this only keeps the machine alive between two looks.
    resource.setrlimit(resource.RLIMIT_DATA, (8 * limits.memory, 8 * limits.memory))


def _leave(function: Callable[[], int | None]) -> None:
    code = ESCAPED
    try:
        code = function() or 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(BaseException):
                stream.flush()
        os._exit(code & 0xFF)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MIB).decode("utf-8", "backslashreplace")
    except OSError:
        return ""
