"""Time ``poseconvert convert`` against a bare script that calls the same libraries.

Cold processes in turn, A B A B ..., so that a slow spell of the machine falls on both.
Run: ``python benchmarks/bench_convert.py [RUNS]``. Writes ``results/convert.json``.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"
TARGET = 1.3

# The same checkpoint through the same libraries, with no parity, hashes or reports.
BARE = """
import sys, warnings, logging
warnings.filterwarnings("ignore")
from pathlib import Path
import torch
from safetensors.torch import load_file
from poseconvert.network.dual_head import DualHeadConfig, DualHeadNet
network = DualHeadNet(DualHeadConfig(width=0.5))
network.load_state_dict(load_file(sys.argv[1]))
network.eval()
out = Path(sys.argv[2]); out.mkdir()
program = torch.onnx.export(
    network, (torch.zeros(1, 3, 224, 224),), dynamo=True, opset_version=18, verbose=False,
    input_names=["image"], output_names=list(network.output_names))
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
    inputs=[ct.ImageType(name="image", shape=(1, 3, 224, 224))])
package.save(str(out / "model.mlpackage"))
"""
OURS = "from poseconvert.cli import main; main()"


def seconds(code: str, *arguments: str) -> float:
    begun = time.perf_counter()
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{done.stderr[-2000:]}\nexit {done.returncode}")
    return time.perf_counter() - begun


def pair(folder: Path) -> tuple[float, float]:
    """One run of each side into fresh folders: (ours, bare) in seconds."""
    ours, bare = folder / "ours", folder / "bare"
    times = (
        seconds(OURS, "convert", str(MODEL), "-o", str(ours), "--quiet"),
        seconds(BARE, str(MODEL), str(bare)),
    )
    shutil.rmtree(ours)
    shutil.rmtree(bare)
    return times


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pair(folder)  # fills the file cache for both
        times = [pair(folder) for _ in range(runs)]
    ratios = [ours / bare for ours, bare in times]
    result = {
        "runs": runs,
        "convert_s": statistics.median(ours for ours, _ in times),
        "bare_s": statistics.median(bare for _, bare in times),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "target": TARGET,
    }
    (ROOT / "benchmarks" / "results" / "convert.json").write_text(json.dumps(result, indent=1))
    print(f"convert, with parity   {result['convert_s']:6.2f} s  (median of {runs} cold runs)")
    print(f"bare script, no parity {result['bare_s']:6.2f} s")
    print(
        f"ratio                  {result['ratio']:6.2f}    ({min(ratios):.2f} to"
        f" {max(ratios):.2f}), target at most {TARGET}"
    )


if __name__ == "__main__":
    main()
