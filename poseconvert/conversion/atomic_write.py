"""Write a whole folder or nothing: built beside the target, renamed at the end."""

from __future__ import annotations

import ctypes
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poseconvert.errors import OutputError
from poseconvert.fence.inside import building

MANIFEST = "manifest.json"
_TORCH_CACHE = "TORCHINDUCTOR_CACHE_DIR"  # torch.export makes it where nobody looks
_AT_FDCWD = -100
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS
_PROC = Path("/proc/self/stat")


@contextmanager
def written_at_once(
    target: Path, *, marker: str = MANIFEST, kind: str = "conversion"
) -> Iterator[Path]:
    """Yield an empty folder that becomes ``target`` when the block ends well.

    An exception or a signal that Python sees removes what was written. A killed
    process leaves the old ``target`` untouched and a hidden ``.NAME.partial-PID``
    beside it, which the next run removes.

    Parameters
    ----------
    marker, kind : a folder that holds a file of this name is one of this kind, and may be
        replaced; so may an empty one.

    Raises
    ------
    OutputError : the place cannot be written, or holds something else than one of its kind.
    """
    target = target.absolute()
    refuse_foreign(target, marker=marker, kind=kind)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    missing = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(target.parent, name=target.name):  # it removes old ones first
            building(partial)
            partial.mkdir()
            yield partial
        _put_in_place(partial, target)
    except OSError as error:
        place = error.filename or target
        raise OutputError(
            f"{target}: cannot be written ({error.strerror or error}, at {place}). Free some"
            " space or choose another folder with -o."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        building(partial, ended=True)
        for parent in missing if not target.exists() else ():
            with suppress(OSError):  # it was not made, or someone else uses it
                parent.rmdir()


@contextmanager
def scratch_folder(place: Path | None = None, *, name: str = "poseconvert") -> Iterator[Path]:
    """Yield a folder for temporary files, those of every library among them.

    Parameters
    ----------
    place : where it is made; where the system has such files if None.
    name : what it is for; what killed runs of that name left there is removed.
    """
    place = place or Path(tempfile.gettempdir())
    _sweep(place / name)
    folder = Path(tempfile.mkdtemp(prefix=f".{name}.partial-{os.getpid()}-", dir=place))
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    cache = os.environ.get(_TORCH_CACHE)
    os.environ[_TORCH_CACHE] = str(folder / "torch")
    building(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        os.environ.pop(_TORCH_CACHE)
        os.environ.update({} if cache is None else {_TORCH_CACHE: cache})
        shutil.rmtree(folder, ignore_errors=True)
        building(folder, ended=True)


@contextmanager
def file_at_once(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` that becomes it when the block ends well.

    Raises
    ------
    OutputError : the place cannot be written.
    """
    if target.is_dir():
        raise OutputError(f"{target}: is a folder. Name a file in it.")
    partial = target.with_name(f".{target.stem}.partial-{os.getpid()}{target.suffix}")
    try:
        yield partial
        partial.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be written ({error.strerror or error}). Choose another file."
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def refuse_foreign(target: Path, *, marker: str = MANIFEST, kind: str = "conversion") -> None:
    """Refuse a place where ``written_at_once`` would not write, before long work for it.

    Raises
    ------
    OutputError : it cannot be read, or holds something else than a folder of this kind.
    """
    try:
        _refuse_foreign(target, marker, kind)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot be read ({error.strerror}). Choose another folder with -o."
        ) from error


def _refuse_foreign(target: Path, marker: str, kind: str) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError(f"{target}: is a link or not a folder. Choose another with -o.")
    if target.is_dir() and any(target.iterdir()) and not (target / marker).exists():
        raise OutputError(
            f"{target}: holds files that are not a {kind}; nothing was touched."
            " Choose another folder with -o."
        )


def _sweep(target: Path) -> None:
    """Remove what killed runs left behind."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.partial-*"):
        pid = left.name.rpartition(".partial-")[2].partition("-")[0]
        # In containers every run may have the same process id: our own is not alive either.
        if not (pid.isdecimal() and int(pid) != os.getpid() and _alive(int(pid))):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    """Whether a process runs. Where there is /proc it says so: within a fence kill(2) is refused.

    One that only waits for its parent to look has ended: it may do so for ever in a container
    without an init.
    """
    if _PROC.exists():
        try:
            stat = (_PROC.parent.parent / str(pid) / "stat").read_bytes()
        except OSError:
            return False
        return stat.rpartition(b")")[2].split()[:1] not in ([b"Z"], [b"X"])
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _put_in_place(partial: Path, target: Path) -> None:
    if not target.exists():
        partial.rename(target)
    elif not _exchange(partial, target):
        old = partial.with_name(partial.name + "-old")
        target.rename(old)
        try:
            partial.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, so that no moment is without a target."""
    library = ctypes.CDLL(None)
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        return bool(library.renamex_np(*names, _EXCHANGE) == 0)
    if hasattr(library, "renameat2"):
        arguments = (_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE)
        return bool(library.renameat2(*arguments) == 0)
    return False
