"""Files that somebody else's folder holds: regular ones, inside it, read with a limit.

What is not so is an ``OSError`` whose ``strerror`` says why, as if the system had refused it:
every reader already has a line for that.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# A FIFO must not wait for its other end, and a link must not be followed. Where a system lacks
# one of these the kind of the file is still looked at, before and after it is opened.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FLAGS = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def read_regular(path: Path, *, limit: int, inside: Path | None = None) -> bytes:
    """Read a regular file of at most ``limit`` bytes.

    Parameters
    ----------
    path : the file; it is not a link itself.
    inside : a folder that ``path`` lies in: nothing between them may be a link either. The
        folder itself may, for the user named it.

    Raises
    ------
    OSError : it cannot be read, is a link, folder, FIFO, socket or device, or is larger.
    """
    with open_regular(path, inside=inside) as file:
        size = refuse_longer(file, path, limit)
        data = file.read(size + 1)  # read() makes room for all that it is asked for
    if len(data) != size:
        raise OSError(errno.EIO, "changed while it was read", str(path))
    return data


def refuse_longer(file: BinaryIO, path: Path, limit: int) -> int:
    """Return the bytes of an open file, of which nothing is read yet.

    Raises
    ------
    OSError : they are more than ``limit``; ``strerror`` says so.
    """
    size = os.fstat(file.fileno()).st_size
    if size > limit:
        raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", str(path))
    return size


@contextmanager
def open_regular(path: Path, *, inside: Path | None = None) -> Iterator[BinaryIO]:
    """Open a regular file; see :func:`read_regular`.

    Raises
    ------
    OSError : it cannot be opened, or is not a regular file.
    """
    try:
        number = _opened(path, inside)
    except ValueError as error:  # NUL, or what no file system writes
        raise refused(path, "its name is not a file's") from error
    with open(number, "rb") as file:
        _require_regular(path, os.fstat(number))
        yield file


def files_below(folder: Path, *, most: int) -> list[Path]:
    """List all that is not a folder below ``folder``, sorted; no link is followed.

    Raises
    ------
    OSError : a folder cannot be read, or there are more than ``most`` entries.
    """
    found: list[Path] = []
    folders, seen = [folder], 0
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                seen += 1
                if seen > most:
                    raise refused(folder, f"holds more than {most} files")
                into = folders if entry.is_dir(follow_symlinks=False) else found
                into.append(Path(entry.path))
    return sorted(found)


def followed(path: Path) -> Path:
    """Follow the links of a path that the user named: those are meant."""
    return Path(os.path.realpath(path))


def refused(path: Path, why: str) -> OSError:
    """Return the error of a file that is there and is not read."""
    return OSError(errno.EINVAL, why, str(path))


def _opened(path: Path, inside: Path | None) -> int:
    """Open ``path`` step by step from ``inside``, so that no link can be put in the way."""
    if inside is None:
        _require_regular(path, os.lstat(path))
        return os.open(path, _FLAGS)
    *folders, name = path.relative_to(inside).parts
    if os.pardir in folders:
        raise refused(path, "leaves its folder")
    at = os.open(inside, _FOLDER)
    try:
        for folder in folders:
            if not stat.S_ISDIR(os.stat(folder, dir_fd=at, follow_symlinks=False).st_mode):
                raise refused(path, f"{folder} is a link or no folder")
            below = os.open(folder, _FOLDER | _NO_LINK, dir_fd=at)
            os.close(at)
            at = below
        _require_regular(path, os.stat(name, dir_fd=at, follow_symlinks=False))
        return os.open(name, _FLAGS, dir_fd=at)
    finally:
        os.close(at)


def _require_regular(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise refused(path, f"{kind}, not a regular file")
