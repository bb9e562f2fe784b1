"""What the fence costs: a command in a watched child against the same command without one.

``convert`` reads a file that this machine did not make, so that the child limits itself;
``diff`` reads a conversion, and ``--version`` reads nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from subjects import Subject
from timing import interleaved, process, table

ROUNDS = 7
BARE = "import sys; sys.argv[0] = 'poseconvert'; from poseconvert.cli import main; main()"
FENCED, ALONE = "in a watched child", "without"


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Run each command both ways, in turn."""
    model = work / f"foreign{networks[0].checkpoint.suffix}"
    shutil.copy(networks[0].checkpoint, model)
    out = str(work / "made.poseconvert")
    commands = {
        "convert a foreign file": ("convert", str(model), "-o", out, "--quiet"),
        "diff of our own conversion": ("diff", out, "--quiet"),
        "poseconvert --version": ("--version",),
    }

    def both(words: tuple[str, ...]) -> dict[str, Callable[[], float]]:
        return {
            FENCED: process("-m", "poseconvert", *words, inside=quick),
            ALONE: process("-c", BARE, *words, inside=quick),
        }

    clock = "wall time of cold processes"
    tables = []
    for name, words in commands.items():
        rounds = 1 if quick else ROUNDS
        taken = interleaved(both(words), rounds, warm=0 if quick else 1)
        tables.append(table(name, taken, [(FENCED, ALONE, None)], unit="s", clock=clock))
    return {"tables": tables}
