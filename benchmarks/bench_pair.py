"""``poseconvert diff A B`` on one picture against the least that any such command must do.

Time: importing what the two artifacts need, and running each once. Memory: the peak of the command
against that of a process that runs one of the two alone.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from subjects import FP16, Subject
from timing import Samples, interleaved, process_cpu, table

from poseconvert.imaging.patterns import blobs

ROUNDS, MEMORY_ROUNDS = 5, 3
TARGET, MEMORY_TARGET = 1.5, 1.0
REFERENCE = """
import sys
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
side = int(sys.argv[3])
session.run(None, {session.get_inputs()[0].name: np.full((1, 3, side, side), 99, np.float32)})
"""
CANDIDATE = """
import sys
import numpy as np
from poseconvert.mil import Executor, read_package

package, side = read_package(sys.argv[2]), int(sys.argv[3])
x = {package.inputs[0].name: np.full((1, 3, side, side), 99, np.float32)}
for precision in PRECISIONS:
    Executor(package, precision=precision).run(x)
"""
COMMAND, BOTH = "poseconvert diff A B --image", "imports, each once"
PEAK = """
lines = open("/proc/self/status").read().splitlines()
print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)
"""
OURS = """
from poseconvert.cli import main
try:
    main()
except SystemExit as left:
    assert not left.code, left.code
"""


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Compare a network's ONNX file with its package in either precision."""
    one = networks[0]
    picture = work / "picture.png"
    Image.fromarray(blobs(one.side, one.side, seed=9)).save(picture)
    tables = [timed_pair(one, "model.mlpackage", ("fp32",), picture, quick=quick)]
    if not quick:
        tables.append(timed_pair(one, FP16, ("fp16", "fp32"), picture, quick=quick))
        tables.append(memory(one, picture))
    return {"tables": tables}


def timed_pair(
    one: Subject, package: str, precisions: tuple[str, ...], picture: Path, *, quick: bool
) -> dict[str, Any]:
    """CPU time of cold processes; a float16 package runs rounded and not, on both sides."""
    pair = (str(one.onnx), str(one.folder / package))
    command = ("-m", "poseconvert", "diff", *pair, "--image", str(picture), "--quiet")
    code = REFERENCE + CANDIDATE.replace("PRECISIONS", str(precisions))
    sides = {
        COMMAND: process_cpu(*command, inside=quick),
        BOTH: process_cpu("-c", code, *pair, str(one.side), inside=quick),
    }
    taken = interleaved(sides, 1 if quick else ROUNDS, warm=0 if quick else 1)
    title = f"{one.name}, model.simplified.onnx and {package}"
    clock = "CPU time of cold processes"
    return table(title, taken, [(COMMAND, BOTH, TARGET)], unit="s", clock=clock)


def memory(one: Subject, picture: Path) -> dict[str, Any]:
    """Peak MB of processes of their own."""
    pair = (str(one.onnx), str(one.folder / "model.mlpackage"))
    side = str(one.side)
    code = CANDIDATE.replace("PRECISIONS", "('fp32',)")
    sides = {
        COMMAND: (OURS + PEAK, "diff", *pair, "--image", str(picture), "--quiet"),
        "the ONNX file alone": (REFERENCE + PEAK, *pair, side),
        "the package alone": (code + PEAK, *pair, side),
    }
    taken: Samples = {name: [] for name in sides}
    for _ in range(MEMORY_ROUNDS):
        for name, arguments in sides.items():
            taken[name].append(peak(*arguments))
    larger = max(("the ONNX file alone", "the package alone"), key=lambda name: max(taken[name]))
    note = "Each alone in a process with its own library; the command loads the libraries of both."
    pairs = [(COMMAND, larger, MEMORY_TARGET)]
    return table("memory", taken, pairs, unit="MB", clock="peak resident memory", note=note)


def peak(code: str, *arguments: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{arguments}\n{done.stderr[-2000:]}\nexit {done.returncode}")
    return float(done.stdout.split()[-1])
