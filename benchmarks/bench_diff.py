"""``poseconvert diff`` against the least that any such command must do.

As a command: importing torch, onnxruntime and coremltools, loading every artifact and running each
once. In one process, without the imports: the same artifacts, opened and run once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from subjects import Subject, quiet
from timing import Samples, interleaved, process_cpu, table, timed

from poseconvert.imaging.patterns import blobs

ROUNDS = 5
TARGET, OPS_TARGET = 2.5, 3.0
LEAST = """
import sys
import coremltools, onnxruntime, torch
import numpy as np
from pathlib import Path
from poseconvert.mil import Executor, read_package
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

folder, model = Path(sys.argv[1]), Path(sys.argv[2])
source = load_source(model, ModelOptions())
x = np.full(source.inputs["image"], 99, np.float32)
with torch.inference_mode():
    source.module(torch.from_numpy(x))
for name in ("model.onnx", "model.simplified.onnx"):
    session = onnxruntime.InferenceSession(str(folder / name))
    session.run(None, {session.get_inputs()[0].name: x})
package = read_package(folder / "model.mlpackage")
for precision in ("fp16", "fp32"):
    executor = Executor(package, precision=precision, engine="interpreter")
    executor.run({package.inputs[0].name: x})
"""
COMMAND, MINIMUM = "poseconvert diff --image", "imports, every artifact once"


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Run the first network's conversion on one picture."""
    checkpoint = networks[0].checkpoint
    folder = networks[0].folder if quick else converted_fp16(networks[0], work)
    picture = work / "picture.png"
    Image.fromarray(blobs(networks[0].side, networks[0].side, seed=9)).save(picture)
    rounds, warm = (1, 0) if quick else (ROUNDS, 1)
    diff = ("-m", "poseconvert", "diff", "--image", str(picture), str(folder), "--quiet")
    least = ("-c", LEAST, str(folder), str(checkpoint))
    sides = {COMMAND: process_cpu(*diff, inside=quick), MINIMUM: process_cpu(*least, inside=quick)}
    taken = interleaved(sides, rounds, warm=warm)
    pairs = [(COMMAND, MINIMUM, TARGET)]
    clock = "CPU time of cold processes"
    command = table(f"{networks[0].name}, the command", taken, pairs, unit="s", clock=clock)
    within = inside(localised(folder, checkpoint, picture, rounds=rounds), networks[0].name)
    return {"tables": [command, within]}


def converted_fp16(subject: Subject, work: Path) -> Path:
    """Convert as users do: float16, and the parity of every stage."""
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert

    folder = work / "diff.poseconvert"
    folder.mkdir()
    convert(subject.checkpoint, folder, target=folder, options=ConvertOptions(), progress=quiet)
    return folder


def localised(folder: Path, model: Path, picture: Path, *, rounds: int) -> Samples:
    """CPU seconds of ``diff`` on a picture and of what ``--ops`` adds, in this process."""
    from poseconvert.network.source import ModelOptions
    from poseconvert.pipeline.chain.conversion import open_conversion
    from poseconvert.pipeline.chain.evaluate import Link, evaluate
    from poseconvert.pipeline.chain.model import load_model
    from poseconvert.pipeline.diff.diff import measure
    from poseconvert.pipeline.localise.localise import localise

    def diff() -> Any:
        return measure(open_conversion(folder), pictures=[picture], model=model, progress=quiet)

    inputs = diff().inputs

    def every_artifact() -> None:
        conversion = open_conversion(folder)
        origin = load_model(model, ModelOptions())
        links = [Link(model.name, "source", origin.torch_runner), *conversion.chain()]
        found = evaluate(links, inputs, specs=conversion.specs, progress=quiet)
        assert all(not one.reason for one in found)

    def ops() -> None:
        found = localise(open_conversion(folder), inputs, progress=quiet)
        assert all(graph.ops for graph in found.graphs)

    def cpu(run: Callable[[], object]) -> Callable[[], float]:
        return lambda: timed(run, time.process_time)

    return interleaved(
        {
            "every artifact once": cpu(every_artifact),
            "diff on one picture": cpu(diff),
            "what --ops adds": cpu(ops),
        },
        rounds,
    )


def inside(taken: Samples, name: str) -> dict[str, Any]:
    least, diff, ops = taken
    pairs = [(diff, least, None), (ops, least, OPS_TARGET)]
    clock = "CPU time, imports done"
    return table(f"{name}, in one process", taken, pairs, unit="s", clock=clock)
