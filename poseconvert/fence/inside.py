"""The child's side of the fence: what it tells the supervisor, and the limits it puts on itself."""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import os
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from poseconvert.fence.limits import Limits, limits_for, size_of
from poseconvert.fence.syscalls import deny_syscalls
from poseconvert.fence.writing import write_only_below

#: Names the file descriptor of the pipe to the supervisor.
VARIABLE = "POSECONVERT_FENCE"
#: Set by whoever wants to see what native libraries print, and tracebacks.
SHOW_ALL = "POSECONVERT_TRACEBACK"

_PR_SET_PDEATHSIG = 1
_supervisor: int | None = None


def enter() -> bool:
    """Become the child if a supervisor started this process; False where none did."""
    global _supervisor  # noqa: PLW0603  # one process has one supervisor
    given = os.environ.pop(VARIABLE, "")
    if not given.isdecimal():
        return False
    _supervisor = int(given)
    os.set_inheritable(_supervisor, False)
    if sys.platform == "linux":  # whoever kills the supervisor means the work, too
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if SHOW_ALL not in os.environ:
        keep_native_output_away()
    return True


def beat(step: str) -> None:
    """Tell the supervisor that a step begins: time is counted from here."""
    _tell(step=step[:100])


def building(folder: Path, *, ended: bool = False) -> None:
    """Tell the supervisor of a folder that must go if this process dies."""
    _tell(**{"gone" if ended else "building": str(folder.absolute())})


def arm(foreign: Iterable[Path], *, writes: Iterable[Path | None] = ()) -> None:
    """Put limits on this process, which is about to read files that we did not write.

    Call it before threads are started: where files may be written is a limit of threads.

    Parameters
    ----------
    foreign : those files and folders, the one to be named in messages first; none, no limits.
    writes : files and folders that the command writes, None for options not given.
    """
    paths = list(foreign)
    if _supervisor is None or not paths:
        return
    limits = limits_for(size_of(paths))
    _limit_resources(limits)
    wanted = [path.absolute() for path in writes if path is not None]
    temporary = Path(tempfile.gettempdir()).absolute()
    places = [*map(_folder_of, wanted), temporary, Path(os.devnull), Path("/dev/shm")]
    _tell(
        foreign=str(paths[0])[:200],
        memory=limits.memory,
        step_s=limits.step_s,
        idle_s=limits.idle_s,
        places=[*map(str, wanted), str(temporary)],
    )
    deny_syscalls()
    write_only_below(places)


def made(conversion: Path) -> bool:
    """Tell the supervisor of a conversion to be remembered; False without one.

    What a foreign file may have taken over must not say what is ours: the supervisor takes it
    only for a place that was named before the file was read, and only if all ended well.
    """
    _tell(made=str(conversion.absolute()))
    return _supervisor is not None


def quiet_libraries() -> None:
    """Show no warnings and logs of libraries: a user gets what this program says."""
    if SHOW_ALL not in os.environ:
        warnings.showwarning = lambda *_, **__: None
        logging.getLogger().addHandler(logging.NullHandler())


def cache_folder() -> Path:
    """Return the user's cache of this program, which need not exist."""
    if chosen := os.environ.get("POSECONVERT_CACHE"):
        return Path(chosen)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "poseconvert"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "poseconvert"


def lacking() -> tuple[str, ...]:
    """Say what a fence on this system does without; the answer is found in a child of its own."""
    lacks = [] if _has_resource() else ["limits on memory and files (no resource module)"]
    if sys.platform != "linux":
        return (*lacks, "a ban on programs, network and writing elsewhere (Linux only)")
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, bytes([deny_syscalls(), write_only_below(())]))
        os._exit(0)
    os.close(write)
    syscalls, writing = (*os.read(read, 2), 0, 0)[:2]
    os.close(read)
    os.waitpid(pid, 0)
    if not syscalls:
        lacks.append("a ban on programs and network (seccomp)")
    if not writing:
        lacks.append("a ban on writing elsewhere (Landlock)")
    return tuple(lacks)


def _tell(**message: Any) -> None:
    if _supervisor is not None:
        with contextlib.suppress(OSError):  # it is gone; so are we, soon
            os.write(_supervisor, json.dumps(message).encode() + b"\n")


def keep_native_output_away() -> None:
    """Let Python write to the terminal, and native libraries, which talk when they die, not."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        stream.flush()
        kept = os.dup(number)
        setattr(
            sys,
            name,
            os.fdopen(
                kept,
                "w",
                buffering=1 if stream.isatty() or number == 2 else -1,
                encoding=stream.encoding,
                errors=stream.errors,
            ),
        )
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), number)


def _folder_of(path: Path) -> Path:
    """Return the nearest folder above ``path`` that exists: there it will be made."""
    return next((p for p in path.absolute().parents if p.is_dir()), Path(os.sep))


def _has_resource() -> bool:
    try:
        import resource  # noqa: F401
    except ImportError:
        return False
    return True


def _limit_resources(limits: Limits) -> None:
    try:
        import resource
    except ImportError:
        return
    wanted = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, limits.written)]
    if sys.platform == "linux":  # elsewhere it does not count what is mapped
        wanted.append((resource.RLIMIT_DATA, 2 * limits.memory))
    for kind, value in wanted:
        with contextlib.suppress(OSError, ValueError):  # a smaller one is in force
            _, hard = resource.getrlimit(kind)
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (most, most))
