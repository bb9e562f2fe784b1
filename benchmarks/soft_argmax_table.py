"""What a soft-argmax in the graph costs in joints, beside the same one in the decoder.

Run: ``python benchmarks/soft_argmax_table.py``, some minutes. A seeded integral network that
returns its heatmap and, from it, its own joints is made a float16 package; both are measured
against PyTorch's float32 heatmap read in float64. Writes ``results/soft_argmax.json``; the table
of ``docs/families/integral_3d.md`` is checked against it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "soft_argmax.json"
SIZES = (64, 256)
MODES = ("fp16", "fp16-accumulate")


class WithSoftArgmax(nn.Module):
    """Heatmap (N, J*D, D, D), and joints (N, J, 3) in cells, x first.

    Source of the order of sums: mks0601/3DMPPE_POSENET_RELEASE `main/model.py` soft_argmax.
    """

    def __init__(self, network: nn.Module, *, joints: int, bins: int):
        super().__init__()
        self.network, self.joints, self.bins = network, joints, bins
        self.cells = nn.Buffer(torch.arange(bins, dtype=torch.float32))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        heatmap: Tensor = self.network(image)
        weights = heatmap.reshape(-1, self.joints, self.bins**3).softmax(2)
        volume = weights.reshape(-1, self.joints, self.bins, self.bins, self.bins)
        sums = (volume.sum((2, 3)), volume.sum((2, 4)), volume.sum((3, 4)))
        return heatmap, torch.stack([(s * self.cells).sum(2) for s in sums], 2)


def row(size: int) -> dict[str, Any]:
    """Make a float16 package at one size, and measure both ways in every float16 mode."""
    from seeded_families import seeded

    from poseconvert.decoding import decode, specs
    from poseconvert.graph.reader import read_onnx
    from poseconvert.imaging.patterns import patterns
    from poseconvert.imaging.preprocessing import input_tensor
    from poseconvert.mil import read_package
    from poseconvert.network.integral import IntegralConfig
    from poseconvert.network.source import Source
    from poseconvert.runners.mil import MilRunner
    from poseconvert.runners.runner import Batch
    from poseconvert.runners.torch import TorchRunner
    from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
    from poseconvert.stages.coreml_options import CoreMLOptions, Way
    from poseconvert.stages.onnx_from_torch import onnx_from_torch

    config = IntegralConfig(depth=18, bins=size // 4, input_size=size)
    network = WithSoftArgmax(
        seeded("integral_3d", config), joints=config.joints, bins=config.bins
    ).eval()
    source = Source(network, "integral_3d", {"image": (1, 3, size, size)}, ("heatmap", "joints"))
    batch = Batch({"image": input_tensor(np.stack(list(patterns(size, size).values())))})
    reference = TorchRunner(source).run(batch)
    with tempfile.TemporaryDirectory() as temporary:
        graph, made = Path(temporary) / "model.onnx", Path(temporary) / "model.mlpackage"
        onnx_from_torch(source, graph)
        options = CoreMLOptions(images=("image",))
        coreml_from_onnx(
            read_onnx(graph), made, options=options, way=Way("onnx2coreml"), network=None
        )
        package = read_package(made)
    shapes = {"heatmap": reference["heatmap"].shape}
    (spec,) = specs("integral_3d", input_size=(size, size), shapes=shapes)
    exact = decode(reference, spec).position
    modes = {}
    for mode in MODES:
        outputs = MilRunner(package, precision=mode).run(batch)
        inside = outputs["joints"] * 4.0 - np.array([0, 0, size / 2])
        modes[mode] = {
            "decoder_px": moved(decode({"heatmap": outputs["heatmap"]}, spec).position, exact),
            "graph_px": moved(inside, exact),
        }
    float32 = moved(reference["joints"] * 4.0 - np.array([0, 0, size / 2]), exact)
    return {"size": size, "bins": config.bins, "graph_float32_px": float32, "modes": modes}


def moved(found: Any, reference: Any) -> dict[str, float]:
    """Median and largest distance between joints, in pixels."""
    away = np.linalg.norm(np.asarray(found, np.float64) - reference, axis=-1)
    return {"median": float(np.nanmedian(away)), "max": float(np.nanmax(away))}


def main() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    rows = []
    for size in SIZES:
        rows.append(row(size))
        print(json.dumps(rows[-1]), flush=True)
    RESULTS.write_text(json.dumps({"network": "seeded ResNet-18", "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
