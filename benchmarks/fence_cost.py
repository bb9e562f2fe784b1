"""What the fence costs: a command in a watched child against the same command without one.

``python benchmarks/fence_cost.py`` prints medians. ``convert`` reads a file that this machine did
not make, so that the child limits itself; ``diff`` reads a conversion, ``--version`` nothing.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

from subjects import REFERENCE
from timing import interleaved, process

ROUNDS = 7
BARE = "import sys; sys.argv[0] = 'poseconvert'; from poseconvert.cli import main; main()"
FENCED, ALONE = "in a watched child", "without"


def main() -> None:
    """Run each command both ways, in turn, on the reference model."""
    with tempfile.TemporaryDirectory() as place:
        model, out = Path(place) / f"foreign{REFERENCE.suffix}", f"{place}/made.poseconvert"
        shutil.copy(REFERENCE, model)
        commands = {
            "convert a foreign file": ("convert", str(model), "-o", out, "--quiet"),
            "diff of our own conversion": ("diff", out, "--quiet"),
            "poseconvert --version": ("--version",),
        }
        for name, words in commands.items():
            sides = {
                FENCED: process("-m", "poseconvert", *words),
                ALONE: process("-c", BARE, *words),
            }
            taken = interleaved(sides, ROUNDS)
            with_it, without = (statistics.median(taken[side]) for side in (FENCED, ALONE))
            ratios = [a / b for a, b in zip(taken[FENCED], taken[ALONE], strict=True)]
            print(
                f"{name}: {with_it:.2f} s {FENCED}, {without:.2f} s {ALONE};"
                f" {with_it - without:+.2f} s, ratio {statistics.median(ratios):.3f}"
                f" ({min(ratios):.3f} to {max(ratios):.3f}), {ROUNDS} rounds",
                flush=True,
            )


if __name__ == "__main__":
    main()
