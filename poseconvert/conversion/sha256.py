"""SHA-256 of a file or of a package folder."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from poseconvert.errors import ConversionError
from poseconvert.files import files_below, open_regular, refuse_longer, refused

# Far beyond a pose network; a sparse file of a stranger has no end.
_MAX_BYTES = 8 << 30
_MAX_FILES = 10_000
_BLOCK = 1 << 20


def digest(path: Path, *, inside: Path | None = None) -> str:
    """Hash a file's bytes, or a folder's names and bytes in sorted order.

    Parameters
    ----------
    inside : a folder below which nothing on the way to ``path`` may be a link.

    Raises
    ------
    ConversionError : the path is missing, unreadable, too large, no regular file, or a folder
        that holds something else than regular files.
    """
    try:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return _hashed(path, inside or path.parent, _MAX_BYTES)[0]
        total, left = hashlib.sha256(), _MAX_BYTES
        for file in files_below(path, most=_MAX_FILES):
            found, left = _hashed(file, path, left)
            name = os.fsencode(file.relative_to(path).as_posix())
            total.update(name + f"\0{found}\n".encode())
        return total.hexdigest()
    except (OSError, ValueError) as error:
        at, why = getattr(error, "filename", None), getattr(error, "strerror", None) or error
        raise ConversionError(
            f"{at if at and Path(str(at)).is_absolute() else path}: cannot be read ({why})."
            " Convert again or restore it."
        ) from error


def _hashed(path: Path, inside: Path, limit: int) -> tuple[str, int]:
    """Hash a file of at most ``limit`` bytes; return how many are left of them."""
    found = hashlib.sha256()
    with open_regular(path, inside=inside) as file:
        refuse_longer(file, path, limit)  # a sparse file of a terabyte is read for minutes
        while block := file.read(min(_BLOCK, limit + 1)):
            found.update(block)
            limit -= len(block)
            if limit < 0:
                raise refused(path, f"more than {_MAX_BYTES} bytes")
    return found.hexdigest(), limit
