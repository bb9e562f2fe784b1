"""Time ``diff --ops`` against plain runs of every artifact on the same picture.

CPU time of one process, alternating, so that a slow spell of the machine falls on both.
``runs``: PyTorch, both ONNX files and the package in both modes, once each, opened anew.
``diff``: all that ``poseconvert diff`` does on a picture. ``localise``: what ``--ops`` adds.
Run: ``python benchmarks/bench_ops.py [RUNS]``. Writes ``results/ops.json``.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from poseconvert.imaging.patterns import blobs
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain import Link, evaluate
from poseconvert.pipeline.convert import ConvertOptions, convert
from poseconvert.pipeline.diff import measure
from poseconvert.pipeline.localise import localise
from poseconvert.pipeline.origin import read_origin
from poseconvert.pipeline.reopened import reopen

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"
TARGET = 3.0


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def quiet(step: str) -> None:
    pass


def times(folder: Path, picture: Path, runs: int) -> dict[str, list[float]]:
    """CPU seconds of each kind of work, the first round left out: it loads libraries."""

    def diff():
        return measure(reopen(folder), pictures=[picture], model=MODEL, progress=quiet)

    inputs = diff().inputs

    def every_artifact():
        reopened = reopen(folder)
        origin = read_origin(MODEL, ModelOptions())
        links = [Link(MODEL.name, "source", origin.torch_runner), *reopened.chain()]
        found = evaluate(links, inputs, specs=reopened.specs, progress=quiet)
        assert all(not one.reason for one in found)

    def ops():
        found = localise(reopen(folder), inputs, progress=quiet)
        assert all(graph.ops for graph in found.graphs)

    work = {"runs": every_artifact, "diff": diff, "localise": ops}
    rounds = [{name: seconds(do) for name, do in work.items()} for _ in range(runs + 1)]
    return {name: [one[name] for one in rounds[1:]] for name in work}


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as temporary:
        folder, picture = Path(temporary) / "conversion", Path(temporary) / "picture.png"
        folder.mkdir()
        Image.fromarray(blobs(224, 224, seed=9)).save(picture)
        convert(MODEL, folder, target=folder, options=ConvertOptions(), progress=quiet)
        taken = times(folder, picture, runs)
    median = {name: statistics.median(values) for name, values in taken.items()}
    ratios = [own / plain for own, plain in zip(taken["localise"], taken["runs"], strict=True)]
    result = {
        "runs": runs,
        "every_artifact_s": median["runs"],
        "diff_s": median["diff"],
        "localise_s": median["localise"],
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "command_ratio": (median["diff"] + median["localise"]) / median["diff"],
        "target": TARGET,
    }
    (ROOT / "benchmarks" / "results" / "ops.json").write_text(json.dumps(result, indent=1))
    print(f"every artifact once       {result['every_artifact_s']:6.2f} s CPU (median of {runs})")
    print(f"diff on one picture       {result['diff_s']:6.2f} s CPU")
    print(f"what --ops adds           {result['localise_s']:6.2f} s CPU")
    print(
        f"localise / every artifact {result['ratio']:6.2f}    ({min(ratios):.2f} to"
        f" {max(ratios):.2f}), target under {TARGET:g}"
    )
    print(f"diff --ops / diff         {result['command_ratio']:6.2f}")


if __name__ == "__main__":
    main()
