"""The networks that are measured, each with what conversion makes of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"
PUBLISHED = "posenet_mnv1_050_rwightman_layout.pth"
FP16 = "fp16.mlpackage"
Precision = Literal["fp32", "fp16"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A network as PyTorch, ONNX and Core ML have it.

    Attributes
    ----------
    folder : a conversion in float32, with the same network in float16 beside it.
    side : of the square input in pixels.
    """

    name: str
    checkpoint: Path
    folder: Path
    side: int

    def package(self, precision: Precision) -> Path:
        return self.folder / ("model.mlpackage" if precision == "fp32" else FP16)

    @property
    def onnx(self) -> Path:
        return self.folder / "model.simplified.onnx"

    def picture(self) -> Any:
        """Random pixels (1, 3, side, side), float32 in 0-255."""
        shape = (1, 3, self.side, self.side)
        return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)


def converted(name: str, checkpoint: Path, folder: Path) -> Subject:
    """Convert ``checkpoint`` into ``folder`` in both precisions."""
    found = convert_fp32(name, checkpoint, folder)
    add_fp16(found)
    return found


def convert_fp32(name: str, checkpoint: Path, folder: Path) -> Subject:
    """Convert with the parity of every stage; in float32 nothing is rescued or diagnosed."""
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert
    from poseconvert.stages.coreml_options import CoreMLOptions

    folder.mkdir()
    options = ConvertOptions(coreml=CoreMLOptions(precision="fp32"))
    done = convert(checkpoint, folder, target=folder, options=options, progress=quiet)
    return Subject(name, checkpoint, folder, done.manifest.inputs["image"][-1])


def add_fp16(subject: Subject) -> None:
    """Put the same network in float16 beside a conversion in float32."""
    from poseconvert.graph.reader import read_onnx
    from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
    from poseconvert.stages.coreml_options import CoreMLOptions, Way

    target, options = subject.package("fp16"), CoreMLOptions(images=("image",))
    coreml_from_onnx(read_onnx(subject.onnx), target, options=options, way=Way("onnx2coreml"))


def seeded_dual_head(path: Path, **config: Any) -> Path:
    """Write an untrained dual-head network to ``path``."""
    from seeded_families import save_seeded

    from poseconvert.network.dual_head import DualHeadConfig

    save_seeded(path, "dual_head_mobilenet_v1", DualHeadConfig(**config))
    return path


def two_layers(path: Path, *, input_size: int) -> Path:
    """Write a network that converts in a second, as a ``torch.export`` program."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    layers = {"image": nn.Conv2d(3, 8, 3, stride=16, padding=1), "heatmap": nn.Conv2d(8, 4, 1)}
    example = (torch.full((1, 3, input_size, input_size), 99.0),)
    program = torch.export.export(nn.Sequential(*layers.values()).eval(), example)
    torch.export.save(program, path)
    return path


def tiny(work: Path) -> Subject:
    """Make the network of a quick run, which only shows that the benchmarks still work."""
    checkpoint = two_layers(work / "tiny.pt2", input_size=64)
    return converted("two layers, 64x64", checkpoint, work / "tiny.poseconvert")


def reference(work: Path) -> Subject:
    return converted("reference model x0.5, 224x224", REFERENCE, work / "reference.poseconvert")


def full_width(work: Path) -> Subject:
    """Make the network of the article's width, with seeded weights."""
    checkpoint = seeded_dual_head(work / "full.safetensors", width=1.0)
    return converted("dual-head x1.0, 224x224", checkpoint, work / "full.poseconvert")


def posenet(work: Path) -> Subject:
    """With published weights where shared assets are, else with seeded ones."""
    beside = ROOT.resolve().parent / "shared" / "assets"
    for folder in (Path(os.environ.get("POSECONVERT_SHARED", beside)), beside):
        checkpoint = folder / "models" / PUBLISHED
        if checkpoint.is_file():
            name = "PoseNet x0.5, 257x257, published weights"
            return converted(name, checkpoint, work / "posenet.poseconvert")
    from seeded_families import save_seeded

    from poseconvert.network.posenet import PoseNetConfig

    checkpoint = work / "posenet.safetensors"
    save_seeded(checkpoint, "posenet_mobilenet_v1", PoseNetConfig())
    return converted("PoseNet x0.5, 257x257, seeded weights", checkpoint, work / "posenet")


def subjects(work: Path, *, quick: bool) -> tuple[Subject, ...]:
    """Convert every network that is measured, the reference model first."""
    makers: tuple[Callable[[Path], Subject], ...] = (reference, posenet, full_width)
    return tuple(make(work) for make in ((tiny,) if quick else makers))


def quiet(step: str) -> None:
    """Say nothing."""
