"""Memory that loading and running a network adds, each case in a process of its own.

Run as a program with a JSON description of a network and a case, it is such a process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from subjects import Subject
from timing import Samples, table

ROUNDS, THREADS = 2, 2
CASES = (
    "ours, fp32",
    "ours, fp16",
    "ours, fp32 streamed",
    "ours, fp16 streamed",
    "ONNX Runtime",
    "PyTorch eager",
    "ONNX reference evaluator",
)
PAIRS = (
    ("ours, fp32", "ONNX Runtime", None),
    ("ours, fp32", "PyTorch eager", None),
    ("ours, fp32", "ONNX reference evaluator", None),
    ("ours, fp32 streamed", "ours, fp32", None),
)


def memory(subject: Subject, *, quick: bool) -> dict[str, Any]:
    """Measure the peak of every case; of one, and inside this process, in a quick run."""
    if quick:
        taken: Samples = {CASES[0]: [measured(CASES[0], subject)]}
    else:
        taken = {case: [peak(case, subject) for _ in range(ROUNDS)] for case in CASES}
    weights, largest = sizes(subject)
    note = (
        "What loading and running add to a process whose libraries are loaded. The float32"
        f" weights are {weights:.1f} MB, and the two largest values {largest:.1f} MB."
    )
    clock = "peak resident memory"
    return table(
        f"memory, {subject.name}", taken, () if quick else PAIRS, unit="MB", clock=clock, note=note
    )


def peak(case: str, subject: Subject) -> float:
    """MB at the peak, in a process of its own."""
    described = json.dumps({name: str(value) for name, value in asdict(subject).items()})
    command = [sys.executable, __file__, described, case]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"memory of {case}: {done.stderr[-2000:]}\nexit {done.returncode}")
    return float(done.stdout.splitlines()[-1])


def sizes(subject: Subject) -> tuple[float, float]:
    """MB of the float32 weights as stored, and of the two largest activations."""
    from poseconvert.mil import read_package

    block = read_package(subject.package("fp32")).program.main.block
    constants = (o for o in block.operations if o.type == "const")
    weights = sum(o.attributes["val"].array.nbytes for o in constants)
    values = (t for o in block.operations if o.type != "const" for _, t in o.outputs)
    largest = sorted(4 * (getattr(t, "elements", 0) or 0) for t in values)[-2:]
    return weights / 2**20, sum(largest) / 2**20


def measured(case: str, subject: Subject) -> float:
    """Return the growth of the peak resident size; libraries are loaded and warm before."""
    import onnx.reference  # noqa: F401
    import onnxruntime  # noqa: F401
    import torch
    from bench_executor import runner

    from poseconvert.mil import Executor, read_package  # noqa: F401
    from poseconvert.mil.executor.registry import registrations
    from poseconvert.network import loading  # noqa: F401

    torch.set_num_threads(THREADS)
    list(registrations())
    with torch.inference_mode():  # libraries keep code and tables from their first calls on
        for layout in (torch.contiguous_format, torch.channels_last):
            x = torch.zeros(1, 64, 16, 16).to(memory_format=layout)
            for groups, kernel in ((1, 1), (1, 3), (64, 3)):
                for stride in (1, 2):
                    conv = torch.nn.Conv2d(64, 64, kernel, stride, groups=groups, padding=1)
                    conv.to(memory_format=layout)(x).clamp_(0, 6).half().float()
    if case.startswith("ours"):
        from coremltools.proto import Model_pb2  # noqa: F401
    begun = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    run = runner(case, subject)
    for _ in range(3):
        run()
    return resident("VmHWM") - begun


def resident(field: str) -> float:
    """MB of this process, as Linux counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    paths = Path(given["checkpoint"]), Path(given["folder"])
    print(measured(sys.argv[2], Subject(given["name"], *paths, int(given["side"]))))
