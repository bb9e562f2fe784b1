"""coremltools' ``MLModel.predict`` by the drop-in, against the executor called by itself.

In a process of its own: the drop-in is enabled for as long as a process lasts, and the other
benchmarks want coremltools as it is on Linux.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from subjects import Subject
from timing import interleaved, table, timed

ROUNDS, LOAD_ROUNDS = 120, 15
TARGET_MS = 1.0
RUN, PREDICT = "Executor.run", "MLModel.predict, drop-in"
READY, LOADED = "read_package and Executor", "MLModel, drop-in"


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Predict with the first network's float16 package, as coremltools' users do."""
    arguments = [str(networks[0].package("fp16")), str(networks[0].side), str(int(quick))]
    done = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"drop-in: {done.stderr[-2000:]}\nexit {done.returncode}")
    taken = json.loads(done.stdout.splitlines()[-1])
    beyond = [own - other for own, other in zip(taken[PREDICT], taken[RUN], strict=True)]
    taken["predict beyond run, in the same round"] = beyond
    pairs = [(PREDICT, RUN, None), (LOADED, READY, None)]
    note = (
        f"The promise is at most {TARGET_MS:g} ms beyond `Executor.run`. Without the drop-in"
        " `predict` does not run off macOS at all."
    )
    clock = "CPU time, 1 thread"
    return {"tables": [table(networks[0].name, taken, pairs, unit="ms", clock=clock, note=note)]}


def samples(package: Path, side: int, *, quick: bool) -> dict[str, list[float]]:
    """Milliseconds of each side, one picture in and four outputs out."""
    import numpy as np
    import torch
    from PIL import Image

    from poseconvert.mil import Executor, enable_coremltools_predict, read_package

    enable_coremltools_predict()
    from coremltools.models import MLModel

    torch.set_num_threads(1)
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    inputs = {"image": Image.fromarray(pixels)}
    model, executor = MLModel(str(package)), Executor(read_package(package))

    def cpu(run: Callable[[], object]) -> Callable[[], float]:
        return lambda: timed(run, time.process_time) * 1000

    frames = {PREDICT: cpu(lambda: model.predict(inputs)), RUN: cpu(lambda: executor.run(inputs))}
    loads = {
        LOADED: cpu(lambda: MLModel(str(package))),
        READY: cpu(lambda: Executor(read_package(package))),
    }
    return interleaved(frames, 2 if quick else ROUNDS, warm=2) | interleaved(
        loads, 2 if quick else LOAD_ROUNDS
    )


if __name__ == "__main__":
    print(json.dumps(samples(Path(sys.argv[1]), int(sys.argv[2]), quick=sys.argv[3] == "1")))
