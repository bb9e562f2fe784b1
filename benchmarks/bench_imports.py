"""Cold starts: what a user waits for before anything happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from subjects import Subject
from timing import interleaved, process, table

ROUNDS = 7
STARTS = {
    "python": ("-c", "pass"),
    "import poseconvert": ("-c", "import poseconvert"),
    "poseconvert --help": ("-m", "poseconvert", "--help"),
    "import the executor": ("-c", "from poseconvert.mil import Executor, read_package"),
    "import onnxruntime": ("-c", "import onnxruntime"),
    "import torch": ("-c", "import torch"),
    "import coremltools": ("-c", "import coremltools"),
}
PAIRS = (
    ("import poseconvert", "python", None),
    ("poseconvert --help", "import torch", None),
    ("poseconvert --help", "import coremltools", None),
    ("import the executor", "import coremltools", None),
)


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Start Python with each; their files are in the file cache."""
    sides = {case: process(*words, inside=quick) for case, words in STARTS.items()}
    taken = interleaved(sides, 1 if quick else ROUNDS, warm=0 if quick else 1)
    note = (
        "The promise for `poseconvert --help` is at most 0.3 s. The executor loads torch with its"
        " import, and coremltools when it first reads a package."
    )
    clock = "wall time of cold processes"
    return {"tables": [table("cold starts", taken, PAIRS, unit="s", clock=clock, note=note)]}
