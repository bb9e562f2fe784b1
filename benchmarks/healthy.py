"""Convert seeded networks that are healthy by another measure, and count what is not held.

Run: ``python benchmarks/healthy.py [COUNT] [--results FILE]``, 2,000 by default. It goes on where
it stopped: a line of FILE per network and precision, written when it is done.

Healthy is decided before the verdict is looked at, by a program that shares nothing with it: the
network in float64 in PyTorch against what the unedited package returns. In float32 no value may
be off by more than 1e-4 of what its channel spans over the inputs, in float16 no channel by more
than a twentieth of its standard deviation, rms. The others are excluded, and counted.

Numbers lie up to 100 times their own spread from zero, up to 3,000 in their unit, as absolute
pixels and millimetres do. At 300 times float16 steps by a quarter of what a number varies by: that
is broken, rightly.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "healthy.jsonl"
BOUNDS = {"fp32": 1e-4, "fp16": 0.05}
FAR = (0.0, 0.0, 3.0, 10.0, 30.0, 100.0)
UNIT = (1.0, 1.0, 30.0)
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.Hardswish, nn.SiLU, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.GELU)


class Block(nn.Module):
    """A convolution of some kind, batch norm and an activation, with a shortcut where it fits."""

    def __init__(self, draw: np.random.Generator, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        kernel = int(draw.choice([1, 3, 5]))
        kind = draw.choice(["plain", "depthwise", "grouped"])
        groups = inner if kind == "depthwise" else 2 if kind == "grouped" else 1
        self.first = nn.Conv2d(inner, inner, kernel, stride, kernel // 2, groups=groups, bias=False)
        self.second = nn.Conv2d(inner, outer, 1, bias=bool(draw.integers(2)))
        self.norm = nn.BatchNorm2d(outer)
        nn.init.uniform_(self.norm.weight, 0.5, 1.5)
        nn.init.uniform_(self.norm.bias, -0.3, 0.3)
        self.act = ACTIVATIONS[int(draw.integers(len(ACTIVATIONS)))]()
        self.add = stride == 1 and inner == outer and bool(draw.integers(2))

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.norm(self.second(self.first(x))))
        return x + y if self.add else y


class Network(nn.Module):
    """Three to eight blocks, then a heatmap and numbers, as seeded."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        draw = np.random.default_rng(seed)
        width = 2 * int(draw.integers(4, 13))
        self.stem = nn.Conv2d(3, width, 3, 2, 1)
        count = int(draw.integers(3, 9))
        strides = [2 if at < 2 and draw.integers(2) else 1 for at in range(count)]
        self.blocks = nn.Sequential(*(Block(draw, width, width, stride) for stride in strides))
        self.up = [None, "nearest", "bilinear"][int(draw.integers(3))]
        self.pool = [None, nn.MaxPool2d(3, 1, 1), nn.AvgPool2d(2)][int(draw.integers(3))]
        self.heat = nn.Conv2d(width, int(draw.integers(4, 20)), 1)
        self.end = [nn.Identity(), nn.Sigmoid()][int(draw.integers(2))]
        self.numbers = nn.Linear(width, int(draw.integers(1, 40)))
        self.far = float(draw.choice(FAR))
        self.unit = float(draw.choice(UNIT))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.blocks(self.stem(x / 127.5 - 1))
        numbers = (self.numbers(x.mean((2, 3))) + self.far) * self.unit
        if self.pool is not None:
            x = self.pool(x)
        if self.up == "nearest":
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
        elif self.up == "bilinear":
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.end(self.heat(x)), numbers


def network(seed: int) -> tuple[Network, int]:
    """Build and calibrate a network: its batch norms know what pictures do to it."""
    from poseconvert.imaging.patterns import blobs
    from poseconvert.imaging.preprocessing import input_tensor

    made = Network(seed)
    side = 8 * int(np.random.default_rng(seed + 1).integers(4, 9))
    shown = [blobs(side, side, seed=10 * seed + at, cells=3 + at) for at in range(8)]
    batch = torch.from_numpy(input_tensor(np.stack(shown)))
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        for _ in range(3):
            made.train()(batch)
        x, numbers = made.eval()(batch)
        if isinstance(made.end, nn.Identity):  # as a trained one answers
            made.heat.weight /= x.std() + 1e-6
        spread = numbers.std(0) / made.unit + 1e-6
        made.numbers.weight /= spread[:, None]
        made.numbers.bias -= numbers.mean(0) / made.unit - made.far
        made.numbers.bias /= spread
    return made.eval(), side


def healthy(made: Network, found: Any, precision: str) -> bool:
    """Hold what the package returned against float64, without a word of what judges it."""
    with torch.no_grad():
        given = torch.from_numpy(found.inputs.batch.tensors["image"]).double()
        truth = [y.numpy() for y in made.double()(given)]
    made.float()
    outputs = list(found.result.evaluations[-1].outputs.values())
    if precision == "fp16":
        outputs += list(found.result.evaluations[-2].outputs.values())
    for at, values in enumerate(outputs):
        expected = np.moveaxis(truth[at % 2], 1, 0).reshape(truth[at % 2].shape[1], -1)
        off = np.moveaxis(values.astype(np.float64), 1, 0).reshape(expected.shape) - expected
        if precision == "fp32":
            share = np.abs(off).max(axis=1) / np.ptp(expected, axis=1)
        else:
            share = np.sqrt(np.square(off).mean(axis=1)) / expected.std(axis=1)
        if not (share <= BOUNDS[precision]).all():
            return False
    return True


def judged(seed: int, folder: Path) -> list[dict[str, Any]]:
    """Convert one network in both precisions; what is healthy is written before the verdict."""
    from poseconvert.network.source import ModelOptions
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert
    from poseconvert.stages.coreml_options import CoreMLOptions

    made, side = network(seed)
    model = folder / "network.pt"
    torch.jit.trace(made, torch.zeros(1, 3, side, side)).save(str(model))
    lines = []
    for precision in ("fp32", "fp16"):
        target = folder / precision
        target.mkdir()
        options = ConvertOptions(
            model=ModelOptions(
                inputs={"image": (1, 3, side, side)}, output_names=("heatmap", "numbers")
            ),
            coreml=CoreMLOptions(precision=precision),  # type: ignore[arg-type]
            rescue=False,
        )
        found = convert(model, target, target=target, options=options, progress=lambda step: None)
        line: dict[str, Any] = {"seed": seed, "precision": precision}
        line["healthy"] = healthy(made, found, precision)
        line["verdict"] = found.parity.value
        line["why"] = next((why for c in found.result.comparisons for why in c.reasons), "")
        lines.append(line)
    return lines


def done(results: Path) -> list[dict[str, Any]]:
    """Read what was measured before; a line that was cut off is measured again."""
    if not results.exists():
        return []
    lines = [line for line in results.read_text().splitlines() if line.endswith("}")]
    return [json.loads(line) for line in lines]


def summary(lines: list[dict[str, Any]]) -> str:
    """Count, by precision, what was healthy and what was said of it."""
    said = []
    for precision in BOUNDS:
        mine = [line for line in lines if line["precision"] == precision]
        verdicts = Counter(line["verdict"] for line in mine if line["healthy"])
        out = sum(not line["healthy"] for line in mine)
        share = 100 * out / len(mine) if mine else 0.0
        said.append(
            f"{precision}: {len(mine)} networks, {out} excluded ({share:.1f} %), "
            + ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
        )
    return "\n".join(said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=2000)
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    lines = done(given.results)
    known = Counter(line["seed"] for line in lines)
    for seed in range(given.count):
        if known[seed] == len(BOUNDS):
            continue
        with tempfile.TemporaryDirectory() as folder:
            fresh = judged(seed, Path(folder))
        lines = [line for line in lines if line["seed"] != seed] + fresh
        with given.results.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in fresh)
    print(summary(lines))
    return int(any(line["healthy"] and line["verdict"] != "held" for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())
