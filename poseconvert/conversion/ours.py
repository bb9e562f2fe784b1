"""Which conversions this user's own ``convert`` and ``tune`` made: a record outside of them.

A manifest says of itself whatever its writer likes. The record holds the SHA-256 of manifests as
they were written here; a manifest holds those of artifacts and goldens.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from poseconvert.conversion.atomic_write import MANIFEST, written_at_once
from poseconvert.fence.inside import cache_folder, made
from poseconvert.files import read_regular

_MOST = 4096
_MAX_BYTES = 1 << 20
_MAX_MANIFEST = 16 << 20


def remember(folder: Path) -> None:
    """Record a conversion that was made here; where that cannot be written, it is not said.

    A folder that is not in the record is only read with more care.
    """
    path = _record_path()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = [*(one for one in _known() if one != _hash(folder)), _hash(folder)]
        partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
        try:
            number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(number, "w", encoding="utf-8") as file:
                json.dump(known[-_MOST:], file)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def made_at_once(target: Path) -> Iterator[Path]:
    """Write a conversion of our own whole or not at all, and remember it.

    Raises
    ------
    OutputError : see :func:`written_at_once`.
    """
    with written_at_once(target) as partial:
        yield partial
    if not made(target):
        remember(target)


def is_ours(folder: Path) -> bool:
    """Whether the manifest of a conversion is byte for byte one that was written here.

    Its artifacts and goldens are ours only if they are what the manifest says.
    """
    with suppress(OSError):
        return _hash(folder) in _known()
    return False


def _hash(folder: Path) -> str:
    data = read_regular(folder / MANIFEST, limit=_MAX_MANIFEST, inside=folder)
    return hashlib.sha256(data).hexdigest()


def _known() -> list[str]:
    """Read the record, the newest last; one that is damaged knows nothing."""
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(read_regular(_record_path(), limit=_MAX_BYTES))
        if isinstance(found, list):
            return [one for one in found if isinstance(one, str)]
    return []


def _record_path() -> Path:
    return cache_folder() / "made.json"
