"""The fence around a package: its files are regular files in its folder, read with a limit.

Hugging Face caches are the one exception: there a package's files are links into the blobs of its
own repository::

    models--NAME/blobs/SHA
    models--NAME/snapshots/REVISION/.../net.mlpackage/Manifest.json -> ../../../../blobs/SHA
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

from poseconvert.budgets import Budget
from poseconvert.errors import PackageError
from poseconvert.mil.package.refusal import refusal

_CACHED_REPOSITORY = re.compile(r"(models|datasets|spaces)--.+")
_COPY = "Copy the whole package."
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def inside(package: Path, path: Path) -> Path:
    """Resolve a path that must lie in the package and be a regular file.

    Parameters
    ----------
    package
        The package folder; it may be reached through links itself.
    path
        The package folder joined with what the package names.

    Raises
    ------
    PackageError
        It leads out of the package, directly or by a link, or is missing or not a regular file.
    """
    shown = repr(str(path.relative_to(package) if path.is_relative_to(package) else path))
    try:
        root = package.resolve()
        named = path.relative_to(package) if path.is_relative_to(package) else path
        plain = Path(os.path.normpath(root / named))
        if ".." in named.parts or not plain.is_relative_to(root):
            cure = "Packages hold all their files."
            raise refusal(PackageError, package, f"{shown} leads out of the package", cure)
        _refuse_links(package, root, plain, shown)
        resolved = Path(os.path.realpath(plain))
        mode = resolved.stat().st_mode
    except FileNotFoundError as error:
        raise refusal(PackageError, package, f"the file {shown} is missing", _COPY) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise refusal(PackageError, package, f"{shown} is not a path ({error})") from error
    if not stat.S_ISREG(mode):
        raise _not_regular(package, shown, mode)
    return resolved


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading, without waiting for anything.

    Raises
    ------
    PackageError
        It cannot be opened, or is not a regular file.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))
        file = os.fdopen(descriptor, "rb")
    except OSError as error:
        raise refusal(PackageError, path, f"cannot be read ({error.strerror})", _COPY) from error
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode):
        file.close()
        raise _not_regular(path.parent, repr(path.name), mode)
    return file


def read_bounded(package: Path, path: Path, limit: Budget) -> bytes:
    """Read a whole file of a package that must not be larger than a limit.

    Raises
    ------
    PackageError
        It is larger, or cannot be read; as for ``inside``.
    """
    try:
        with open_regular(inside(package, path)) as file:
            whole = os.fstat(file.fileno()).st_size  # read() allocates what it is asked for
            content = file.read(min(whole, limit.value) + 1)
    except OSError as error:
        raise refusal(
            PackageError, package, f"{path.name} cannot be read ({error.strerror})", _COPY
        ) from error
    if len(content) > limit.value:
        raise refusal(PackageError, package, f"{path.name} is longer than {limit}")
    return content


def _refuse_links(package: Path, root: Path, plain: Path, shown: str) -> None:
    """Refuse links between the package and a file of it, but one into its own blob store."""
    place = root
    for name in plain.relative_to(root).parts:
        place /= name
        if not place.is_symlink():
            continue
        if place != plain or Path(os.path.realpath(plain)).parent != _blob_store(root):
            where = shown if place == plain else f"{str(place.relative_to(root))!r}"
            cure = "Packages hold all their files. Copy it with cp -RL."
            raise refusal(PackageError, package, f"{where} leads out of the package: a link", cure)


def _blob_store(root: Path) -> Path | None:
    """Find the folder of blobs of the cached repository that a package is a snapshot of."""
    for snapshots in root.parents:
        if snapshots.name == "snapshots" and _CACHED_REPOSITORY.fullmatch(snapshots.parent.name):
            return snapshots.parent / "blobs"
    return None


def _not_regular(package: Path, shown: str, mode: int) -> PackageError:
    kind = _KINDS.get(stat.S_IFMT(mode), "not a file")
    return refusal(PackageError, package, f"{shown} is {kind}, not a regular file", _COPY)
