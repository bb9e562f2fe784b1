"""Which of the files that a command was given are not ours: they are read behind the fence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from poseconvert.cli.bundled import REFERENCE_MODEL
from poseconvert.fence import inside


def fence(*named: Path | None, edited: bool = False, writes: Iterable[Path | None] = ()) -> None:
    """Put limits on this process if any of the files and folders was not made by us, here.

    Parameters
    ----------
    named : what the command was given to read, None for what was not given.
    edited : whether ours may have been changed since.
    writes : what it was told to write.
    """
    given = [path for path in named if path is not None]
    inside.arm([path for path in given if edited or not _is_ours(path)], writes=writes)


def _is_ours(path: Path) -> bool:
    if path == REFERENCE_MODEL:
        return True
    if not path.is_dir():
        return False
    from poseconvert.face.at_hand import is_ours

    return is_ours(path)
