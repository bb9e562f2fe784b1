"""Compare the fp16 envelope with what Apple's Core AI interpreter gives in float16.

python benchmarks/fp16_second_opinion.py [--count 50] [--json FILE]

It needs the extra ``coreai`` and coreai-torch 0.4.3. Seeded networks of a stem and one op each; the
interpreter runs them in float16 through its PyTorch path, the reference executor runs their float16
package in all modes of the envelope. An answer is inside where it lies between the smallest and the
largest of those, or no further from them than one float16 step. It prints the share that is inside,
and by op what is not: how far outside, as a part of the output's range.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from poseconvert.graph.reader import read_onnx
from poseconvert.mil import fp16_envelope, read_package
from poseconvert.network.source import Source
from poseconvert.runners.loop_without_sockets import PipeLoop
from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
from poseconvert.stages.coreml_options import CoreMLOptions, Way
from poseconvert.stages.onnx_from_torch import onnx_from_torch
from poseconvert.stages.simplified_from_onnx import simplified_from_onnx

RESULT = Path(__file__).parent / "results" / "fp16_second_opinion.json"
LIBRARIES = ("coreai-core", "coreai-torch", "torch", "coremltools", "onnx2coreml")
CHANNELS, SIDE = 16, 12

#: By op: what makes it.
OPS: dict[str, Callable[[], nn.Module]] = {
    "conv 3x3": lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1),
    "conv 1x1": lambda: nn.Conv2d(CHANNELS, CHANNELS, 1),
    "depthwise conv": lambda: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, groups=CHANNELS),
    "transposed conv": lambda: nn.ConvTranspose2d(CHANNELS, 8, 4, stride=2, padding=1),
    "linear": lambda: nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS * SIDE * SIDE, 32)),
    "batch norm": lambda: nn.BatchNorm2d(CHANNELS),
    "layer norm": lambda: nn.LayerNorm(SIDE),
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "softmax": lambda: nn.Softmax(1),
    "softplus": nn.Softplus,
    "average pool": lambda: nn.AvgPool2d(2),
    "max pool": lambda: nn.MaxPool2d(2),
    "bilinear": lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
    "mean": lambda: nn.AdaptiveAvgPool2d(1),
}  # fmt: skip


class Network(nn.Module):
    """A convolution, a rectifier, and one op."""

    def __init__(self, op: str) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, CHANNELS, 3, padding=1)
        self.op = OPS[op]()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.op(F.relu(self.stem(x)))


def seeded(op: str, seed: int) -> tuple[Network, torch.Tensor]:
    """Make a network and an input whose numbers are float16's."""
    torch.manual_seed(seed)
    network = Network(op).eval()
    for value in network.state_dict().values():
        if value.is_floating_point():
            value.copy_(value.half().float())
    return network, torch.randn(1, 3, SIDE, SIDE).half().float()


def by_coreai(network: Network, x: torch.Tensor) -> np.ndarray:
    """Run a network in float16 in the Core AI interpreter."""
    import coreai_torch
    from coreai.runtime import NDArray

    half = network.half()
    exported = torch.export.export(half, (x.half(),))
    exported = exported.run_decompositions(coreai_torch.get_decomp_table())
    program = coreai_torch.TorchConverter().add_exported_program(exported).to_coreai()

    async def answer() -> np.ndarray:
        with tempfile.TemporaryDirectory() as folder:
            asset = program.save_asset(Path(folder) / "model.aimodel")
            async with asset.executable() as module:
                loaded = module.load_function(next(iter(module.function_names)))
                function = await loaded if inspect.isawaitable(loaded) else loaded
                given = {function.desc.input_names[0]: NDArray(x.half().numpy())}
                (value,) = (await function(given)).values()
                return np.array(value.numpy()).astype(np.float32)

    with asyncio.Runner(loop_factory=PipeLoop) as loop:
        found = loop.run(answer())
    network.float()
    return found


def by_executor(network: Network, x: torch.Tensor, folder: Path) -> np.ndarray:
    """Run its float16 package in every mode; give the answers, one mode each."""
    source = Source(network, "module", {"x": tuple(x.shape)}, ("y",))
    onnx_from_torch(source, folder / "a.onnx")
    graph = simplified_from_onnx(folder / "a.onnx", folder / "b.onnx")
    package = folder / "p.mlpackage"
    coreml_from_onnx(graph or read_onnx(folder / "b.onnx"), package, options=CoreMLOptions(),
                     way=Way("onnx2coreml"))  # fmt: skip
    (envelope,) = fp16_envelope(read_package(package), {"x": x.numpy()}).values()
    return np.stack([np.asarray(v, np.float32) for v in envelope.by_mode.values()])


def judged(op: str, seed: int) -> dict[str, object]:
    """Say how much of one network's answer is inside the envelope, and how far the rest is."""
    network, x = seeded(op, seed)
    with tempfile.TemporaryDirectory() as folder:
        modes = by_executor(network, x, Path(folder))
    theirs = by_coreai(network, x)
    low, high = modes.min(0), modes.max(0)
    step = np.spacing(np.maximum(np.abs(low), np.abs(high)).astype(np.float16)).astype(np.float32)
    outside = np.maximum(np.maximum(low - theirs, theirs - high) - step, 0)
    span = float(np.ptp(modes[0])) or 1.0
    return {
        "op": op,
        "seed": seed,
        "elements": int(theirs.size),
        "inside": int(np.count_nonzero(outside == 0)),
        "furthest": float(outside.max() / span),
        "envelope": float((high - low).max() / span),
    }


def table(results: list[dict]) -> str:
    """Return shares by op as Markdown."""
    elements, inside = (sum(one[key] for one in results) for key in ("elements", "inside"))
    whole = sum(one["inside"] == one["elements"] for one in results)
    lines = [
        f"{inside / elements:.2%} of {elements:,} answers are inside the envelope;"
        f" {whole} of {len(results)} networks wholly.",
        "",
        "| op | inside | furthest outside, of range | envelope, of range |",
        "|---|---|---|---|",
    ]
    for op in dict.fromkeys(one["op"] for one in results):
        mine = [one for one in results if one["op"] == op]
        share = sum(one["inside"] for one in mine) / sum(one["elements"] for one in mine)
        far, wide = (max(one[key] for one in mine) for key in ("furthest", "envelope"))
        lines.append(f"| {op} | {share:.2%} | {far:.1e} | {wide:.1e} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--json", type=Path, default=RESULT, metavar="FILE")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    ops = list(OPS)
    results = [judged(ops[i % len(ops)], i // len(ops)) for i in range(chosen.count)]
    record = {"versions": {name: version(name) for name in LIBRARIES}, "results": results}
    chosen.json.write_text(json.dumps(record, indent=1) + "\n")
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
