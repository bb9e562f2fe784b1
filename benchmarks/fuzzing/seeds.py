"""Healthy files of every kind, small, made once in a folder of their own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from fuzzing import (
    seed_conversions,
    seed_files,
    seed_graphs,
    seed_models,
    seed_packages,
    seed_people,
)

#: Name -> what writes it into an empty folder. Names before the slash are kinds of files.
BUILDERS: dict[str, Callable[[Path], None]] = {
    **seed_packages.BUILDERS,
    **seed_graphs.BUILDERS,
    **seed_models.BUILDERS,
    **seed_files.BUILDERS,
    **seed_people.BUILDERS,
    **seed_conversions.BUILDERS,
}


class Seeds:
    """Seeds by name; each is made by a fork of this process when it is first asked for.

    A process that has run models has threads: let ``python -m fuzzing.seeds`` make them there.

    Parameters
    ----------
    folder : where they lie; processes may share it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """Return the folder of a seed.

        Raises
        ------
        RuntimeError : it cannot be made.
        """
        target = self.folder / name.replace("/", "-")
        if target.is_dir():
            return target
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.is_dir():
                partial = target.with_name(f"{target.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir()
                _build(BUILDERS[name], partial)
                partial.rename(target)
        return target

    def give(self, name: str, here: Path) -> Path:
        """Copy what a seed holds into ``here``."""
        return Path(shutil.copytree(self.path(name), here, dirs_exist_ok=True, symlinks=True))

    def facts(self, name: str) -> dict[str, object]:
        """Return what an untouched conversion is and gives; empty for no name."""
        if not name:
            return {}
        found: dict[str, object] = json.loads((self.path(name) / "facts.json").read_bytes())
        return found


def main() -> None:
    """Make the seeds named, else all of them: ``python -m fuzzing.seeds FOLDER [NAME]``."""
    from fuzzing import reading

    reading.preload()
    folder, *names = sys.argv[1:]
    for name in names or BUILDERS:
        Seeds(Path(folder)).path(name)


def _build(build: Callable[[Path], None], folder: Path) -> None:
    """Build in a fork: runtimes that a build starts have threads, and no fork may come after."""
    log = folder.with_name(f"{folder.name}.log")
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for number in (1, 2):  # converters draw progress bars
                os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
            os.chdir(folder)
            build(folder)
            code = 0
        except BaseException:
            log.write_text(traceback.format_exc())
        finally:
            os._exit(code)
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError(f"the seed {folder.stem} cannot be made: see {log}")
    log.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
