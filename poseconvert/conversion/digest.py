"""SHA-256 of a file or of a package folder."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from poseconvert.errors import ConversionError


def digest(path: Path) -> str:
    """Hash a file's bytes, or a folder's names and bytes in sorted order.

    Raises
    ------
    ConversionError : the path is missing, unreadable, or the folder holds a link.
    """
    try:
        if path.is_dir():
            return _digest_folder(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ConversionError(
            f"{path}: cannot be read ({error.strerror}). Convert again or restore it."
        ) from error


def _digest_folder(path: Path) -> str:
    total = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        if file.is_symlink():
            raise ConversionError(f"{file}: is a link inside a package. Refused: convert again.")
        if file.is_file():
            name = os.fsencode(file.relative_to(path).as_posix())
            total.update(name + f"\0{digest(file)}\n".encode())
    return total.hexdigest()
