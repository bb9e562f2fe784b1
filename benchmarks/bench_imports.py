"""Cold starts: what a user waits for before anything happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from subjects import Subject
from timing import interleaved, process, row, table

ROUNDS = 7
# case, what Python runs, divided by
STARTS = (
    ("python", ("-c", "pass"), ""),
    ("import poseconvert", ("-c", "import poseconvert"), "import torch"),
    ("poseconvert --help", ("-m", "poseconvert", "--help"), "import torch"),
    ("import poseconvert.mil", ("-c", "import poseconvert.mil"), "import coremltools"),
    ("import onnxruntime", ("-c", "import onnxruntime"), "import torch"),
    ("import torch", ("-c", "import torch"), ""),
    ("import coremltools", ("-c", "import coremltools"), "import torch"),
)


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Start Python with each; their files are in the file cache."""
    sides = {case: process(*words, inside=quick) for case, words, _ in STARTS}
    taken = interleaved(sides, 1 if quick else ROUNDS, warm=0 if quick else 1)
    rows = [row(taken, case, against) for case, _, against in STARTS]
    note = "The promise for `poseconvert --help` is at most 0.3 s."
    clock = "wall time of cold processes"
    return {"tables": [table("cold starts", rows, unit="s", clock=clock, note=note)]}
