"""``poseconvert convert`` against bare scripts that call the same libraries, as cold processes."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from subjects import Subject
from timing import interleaved, process, table

ROUNDS = 4
TARGET = 1.3

# The same checkpoint through the same libraries, with no parity, hashes or reports.
LOAD = """
import logging, sys, warnings
warnings.filterwarnings("ignore")
from pathlib import Path
import torch
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions
source = load_source(Path(sys.argv[1]), ModelOptions())
network, names, shape = source.module, list(source.output_names), source.inputs["image"]
out = Path(sys.argv[2])
"""
BARE = f"""{LOAD}
program = torch.onnx.export(
    network, (torch.zeros(shape),), dynamo=True, opset_version=18, verbose=False,
    input_names=["image"], output_names=names)
program.save(out / "model.onnx")
import onnx, onnxsim
simplified, _ = onnxsim.simplify(onnx.load(out / "model.onnx"))
onnx.save(simplified, out / "model.simplified.onnx")
import coremltools as ct
from onnx2coreml.converter import Converter
mil = Converter().to_mil(simplified, target=ct.target.iOS16, precision=ct.precision.FLOAT16)
package = ct.convert(
    mil, source="milinternal", convert_to="mlprogram", skip_model_load=True,
    minimum_deployment_target=ct.target.iOS16, compute_precision=ct.precision.FLOAT16,
    inputs=[ct.ImageType(name="image", shape=shape)])
package.save(str(out / "model.mlpackage"))
"""
COREMLTOOLS = f"""{LOAD}
import coremltools as ct
traced = torch.jit.trace(network, torch.zeros(shape))
package = ct.convert(
    traced, convert_to="mlprogram", skip_model_load=True,
    minimum_deployment_target=ct.target.iOS16, compute_precision=ct.precision.FLOAT16,
    inputs=[ct.ImageType(name="image", shape=shape)],
    outputs=[ct.TensorType(name=name) for name in names])
package.save(str(out / "model.mlpackage"))
"""
OURS, CHAIN, ALONE = (
    "poseconvert convert, with parity",
    "torch.onnx + onnxsim + onnx2coreml + coremltools",
    "torch.jit.trace + coremltools",
)


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Convert the first network, the reference model in a full run."""
    subject = networks[0]
    bought: dict[str, Any] = {}

    def into_a_fresh_folder(run: Callable[[str], Callable[[], float]]) -> Callable[[], float]:
        def measured() -> float:
            with tempfile.TemporaryDirectory(dir=work) as folder:
                seconds = run(folder)()
                report = Path(folder) / "converted" / "parity.json"
                if report.exists():
                    bought.update(json.loads(report.read_text()))
                return seconds

        return measured

    def ours(folder: str) -> Callable[[], float]:
        words = ["convert", str(subject.checkpoint), "-o", f"{folder}/converted", "--quiet"]
        return process("-m", "poseconvert", *words, inside=quick)

    def bare(code: str) -> Callable[[str], Callable[[], float]]:
        return lambda folder: process("-c", code, str(subject.checkpoint), folder, inside=quick)

    sides = {OURS: ours, CHAIN: bare(BARE), ALONE: bare(COREMLTOOLS)}
    taken = interleaved(
        {name: into_a_fresh_folder(run) for name, run in sides.items()},
        1 if quick else ROUNDS,
        warm=0 if quick else 1,
    )
    pairs = [(OURS, CHAIN, TARGET), (OURS, ALONE, None)]
    note = (
        "The bare scripts stop at the package. What the difference buys: `convert` also ran"
        f" every artifact ({len(bought['evaluations'])} runs) on {len(bought['inputs'])} inputs,"
        f" compared outputs and joints {len(bought['comparisons'])} times, wrote goldens, hashes"
        f" and a report, and said: {bought['summary']}."
    )
    clock = "wall time of cold processes"
    return {"tables": [table(subject.name, taken, pairs, unit="s", clock=clock, note=note)]}
