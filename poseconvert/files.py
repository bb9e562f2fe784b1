"""Open a file that may be no file: nothing waits for a pipe, nothing reads a device without end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from poseconvert.budgets import Budget

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: Path) -> BinaryIO:
    """Open ``path`` for reading; links are followed, and what they lead to must be a file.

    Raises
    ------
    OSError : it cannot be opened, or it is a pipe, a device, a socket or a folder; ``strerror``
        says which.
    ValueError : the name holds a NUL.
    """
    # A pipe that nobody writes to would hold open() for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            kind = _KINDS.get(stat.S_IFMT(mode), "something else")
            raise OSError(errno.EINVAL, f"{kind}, not a regular file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, budget: Budget) -> bytes:
    """Return what the file ``path`` holds.

    Raises
    ------
    OSError : as :func:`open_regular`, more than ``budget`` bytes are there, or not as many as
        the file is said to have.
    ValueError : the name holds a NUL.
    """
    with open_regular(path) as file:
        size = refuse_longer(file, path, budget)
        data = file.read(size + 1)  # read() makes room for all that it is asked for
    if len(data) != size:
        raise OSError(errno.EIO, "changed while it was read", str(path))
    return data


def refuse_longer(file: BinaryIO, path: Path, budget: Budget) -> int:
    """Return the bytes of an open file, of which nothing is read yet.

    Raises
    ------
    OSError : they are more than ``budget``; ``strerror`` says so.
    """
    size = os.fstat(file.fileno()).st_size
    if size > budget.value:
        raise OSError(errno.EFBIG, f"larger than {budget}", str(path))
    return size
