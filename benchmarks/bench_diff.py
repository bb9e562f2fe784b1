"""Time a cold ``poseconvert diff --image`` against the least that any such command must do.

The least: import torch, onnxruntime and coremltools, load every artifact and run each once. Both
are whole processes, alternating; CPU time, so that a slow spell of the machine falls on neither.
Run: ``python benchmarks/bench_diff.py [RUNS]``. Writes ``results/diff.json``.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from poseconvert.imaging.patterns import blobs

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"
TARGET = 2.5
LEAST = """
import sys
import coremltools, onnxruntime, torch
import numpy as np
from pathlib import Path
from poseconvert.mil import Executor, read_package
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

folder, model = Path(sys.argv[1]), Path(sys.argv[2])
x = np.full((1, 3, 224, 224), 99, np.float32)
with torch.inference_mode():
    load_source(model, ModelOptions()).module(torch.from_numpy(x))
for name in ("model.onnx", "model.simplified.onnx"):
    session = onnxruntime.InferenceSession(str(folder / name))
    session.run(None, {session.get_inputs()[0].name: x})
package = read_package(folder / "model.mlpackage")
for precision in ("fp16", "fp32"):
    executor = Executor(package, precision=precision, engine="interpreter")
    executor.run({package.inputs[0].name: x})
"""


def cpu_seconds(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    poseconvert = [sys.executable, "-m", "poseconvert"]
    with tempfile.TemporaryDirectory() as temporary:
        folder, picture = Path(temporary) / "conversion", Path(temporary) / "picture.png"
        Image.fromarray(blobs(224, 224, seed=9)).save(picture)
        cpu_seconds([*poseconvert, "convert", str(MODEL), "-o", str(folder), "--quiet"])
        least = [sys.executable, "-c", LEAST, str(folder), str(MODEL)]
        diff = [*poseconvert, "diff", "--image", str(picture), str(folder), "--quiet"]
        pairs = [(cpu_seconds(least), cpu_seconds(diff)) for _ in range(runs + 1)][1:]
    ratios = [own / plain for plain, own in pairs]
    result = {
        "runs": runs,
        "least_s": statistics.median(plain for plain, _ in pairs),
        "diff_s": statistics.median(own for _, own in pairs),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "target": TARGET,
    }
    (ROOT / "benchmarks" / "results" / "diff.json").write_text(json.dumps(result, indent=1))
    print(f"imports and every artifact once {result['least_s']:6.2f} s CPU (median of {runs})")
    print(f"poseconvert diff --image        {result['diff_s']:6.2f} s CPU")
    print(
        f"ratio                           {result['ratio']:6.2f}    ({min(ratios):.2f} to"
        f" {max(ratios):.2f}), target at most {TARGET:g}"
    )


if __name__ == "__main__":
    main()
