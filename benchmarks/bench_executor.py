"""One frame in the reference executor and in its neighbours, and the memory that takes.

Twice: wall time on all cores, for a machine that is otherwise idle, and CPU time on 1 thread, which
other processes hardly change.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench_memory import memory
from subjects import Subject
from timing import Samples, interleaved, table, timed

ROUNDS = 40
PAUSE_S = 0.03  # until the threads of the case before no longer spin
SLOW = "ONNX reference evaluator"
SLOW_ROUNDS = 3
CORES = os.cpu_count() or 1
CLOCKS = {
    "CPU time, 1 thread": (1, time.process_time),
    f"wall time, {CORES} threads": (CORES, time.perf_counter),
}
CASES = (
    "ours, fp32",
    "ours, fp16",
    "ONNX Runtime",
    "PyTorch eager",
    SLOW,
)
# Promised for the article's width; smaller networks spend more of their time between ops.
PAIRS = (
    ("ours, fp32", "PyTorch eager", 1.0),
    ("ours, fp16", "ours, fp32", 1.5),
    ("ours, fp32", "ONNX Runtime", None),
    ("ours, fp32", SLOW, None),
)
# coremltools cannot run a program on Linux: it has no row above, and its loading one below.
COREMLTOOLS = "coremltools MLModel"
LOADS = ("ours, fp32", "ours, fp16", "ONNX Runtime", "PyTorch eager", SLOW, COREMLTOOLS)
LOAD_PAIRS = tuple((LOADS[0], other, None) for other in LOADS[2:])
LOAD_ROUNDS = 15
LOAD_NOTE = (
    "From the files to something that is ready to run; imports are done. coremltools has read the"
    " specification only: off macOS its `predict` says"
)


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Run every network by every clock, then load and weigh the first one."""
    import torch

    found = []
    for subject in networks:
        for clock, (threads, read) in CLOCKS.items():
            torch.set_num_threads(threads)
            taken = frames(subject, read, quick=quick)
            promised = subject.name.startswith("dual-head x1.0")
            pairs = [(own, other, most if promised else None) for own, other, most in PAIRS]
            title = f"one frame, {subject.name}"
            found.append(table(title, taken, pairs, unit="ms", clock=clock))
    taken = loading(networks[0], quick=quick)
    title, note = f"loading, {networks[0].name}", f"{LOAD_NOTE} `{refusal(networks[0])}`"
    clock = "wall time"
    found.append(table(title, taken, LOAD_PAIRS, unit="ms", clock=clock, note=note))
    return {"tables": [*found, memory(networks[-1], quick=quick)]}


def frames(subject: Subject, clock: Callable[[], float], *, quick: bool) -> Samples:
    """Milliseconds of one frame in every case."""
    sides = {case: milliseconds(runner(case, subject), clock) for case in CASES}
    rounds, warm = (2, 1) if quick else (ROUNDS, 5)
    pause = 0.0 if quick else PAUSE_S
    return interleaved(sides, rounds, warm=warm, pause=pause, fewer={SLOW: SLOW_ROUNDS})


def milliseconds(run: Callable[[], object], clock: Callable[[], float]) -> Callable[[], float]:
    return lambda: timed(run, clock) * 1000


def runner(case: str, subject: Subject) -> Callable[[], object]:
    """Load a case; calling it runs one frame."""
    x = subject.picture()
    if case == "PyTorch eager":
        import torch

        from poseconvert.network.loading import load_source
        from poseconvert.network.source import ModelOptions

        network: Any = load_source(subject.checkpoint, ModelOptions()).module
        return torch.inference_mode()(lambda: network(torch.from_numpy(x)))
    if case == "ONNX Runtime":
        import onnxruntime
        import torch

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(
            str(subject.onnx), options, providers=["CPUExecutionProvider"]
        )
        return lambda: session.run(None, {"image": x})
    if case == SLOW:
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(str(subject.onnx))
        return lambda: evaluator.run(None, {"image": x})
    from poseconvert.mil import Executor, read_package

    precision: Any = "fp16" if "fp16" in case else "fp32"
    executor = Executor(read_package(subject.package(precision)), precision=precision)
    if "streamed" in case:
        return lambda: sum(len(values) for _, values in executor.values({"image": x}))
    return lambda: executor.run({"image": x})


def loading(subject: Subject, *, quick: bool) -> Samples:
    """Milliseconds from files to something that runs, or as near as the case comes to it."""

    def load(case: str) -> Callable[[], object]:
        if case != COREMLTOOLS:
            return lambda: runner(case, subject)
        from coremltools.models import MLModel

        return lambda: MLModel(str(subject.package("fp16")))

    sides = {case: milliseconds(load(case), time.perf_counter) for case in LOADS}
    return interleaved(sides, 1 if quick else LOAD_ROUNDS)


def refusal(subject: Subject) -> str:
    """Return what coremltools says where a prediction is asked of it off macOS."""
    from coremltools.models import MLModel

    try:
        MLModel(str(subject.package("fp16"))).predict({"image": subject.picture()})
    except Exception as error:
        return str(error).splitlines()[0]
    return "nothing: it ran, so this is macOS."
