"""Whole conversions as seeds, each made by the command itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fuzzing import judge, seed_files, seed_graphs, seed_models
from fuzzing.seed_graphs import numbers, write

FOLDER = "c.poseconvert"


def _pose(folder: Path) -> None:
    """Write a network of heatmaps and offsets, which finds joints, and how to decode them."""
    from onnx import helper

    side, cell = 128, 16
    tensors = {
        "weight": numbers(5, 17, 3, cell, cell, scale=2e-4),
        "bias": numbers(4, 17),
        "offsets": numbers(3, 34, 3, cell, cell, scale=1e-4),
    }
    options = {"strides": [cell, cell], "kernel_shape": [cell, cell]}
    nodes = [
        helper.make_node("Conv", ["input", "weight", "bias"], ["logits"], name="logits", **options),
        helper.make_node("Sigmoid", ["logits"], ["heatmap"], name="sigmoid"),
        helper.make_node("Conv", ["input", "offsets"], ["offset"], name="offset", **options),
    ]
    shapes = {"heatmap": (1, 17, 8, 8), "offset": (1, 34, 8, 8)}
    write(folder / "x.onnx", nodes, tensors, shapes, side=side)
    seed_files.decode(folder)


def _wide(folder: Path) -> None:
    """Write a network with one weight that is large enough to be compressed."""
    from onnx import helper

    tensors = {"w": numbers(1, 32, 3, 5, 5, scale=1e-3), "v": numbers(2, 4, 32, 1, 1)}
    nodes = [
        helper.make_node("Conv", ["input", "w"], ["a"], kernel_shape=[5, 5]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "v"], ["map"], kernel_shape=[1, 1]),
    ]
    side = seed_graphs.SIDE - 4
    write(folder / "x.onnx", nodes, tensors, {"map": (1, 4, side, side)})


def _overflowing(folder: Path) -> None:
    """Write a network whose values no float16 holds, so that parity is broken."""
    from onnx import helper

    tensors = {
        "large": numbers(3, 8, 3, 3, 3, scale=400),
        "small": numbers(2, 4, 8, 1, 1, scale=1e-5),
    }
    nodes = [
        helper.make_node("Conv", ["input", "large"], ["huge"], pads=[1, 1, 1, 1],
                         kernel_shape=[3, 3]),
        helper.make_node("Conv", ["huge", "small"], ["map"], kernel_shape=[1, 1]),
    ]  # fmt: skip
    write(folder / "x.onnx", nodes, tensors, {"map": (1, 4, seed_graphs.SIDE, seed_graphs.SIDE)})


def convert(folder: Path, *, model: Callable[[Path], None], options: tuple[str, ...]) -> None:
    """Write MODEL, convert it as the command would, and record what the conversion gives."""
    import poseconvert.cli

    model(folder)
    (source,) = [path for path in folder.glob("x.*") if path.is_file()]
    sys.argv = ["poseconvert", "convert", source.name, "-o", FOLDER, "--quiet", *options]
    try:
        poseconvert.cli.main()
    except SystemExit as left:
        if left.code not in (0, 1):
            raise RuntimeError(f"the seed is refused: exit {left.code}") from left
    (folder / "facts.json").write_text(json.dumps(judge.facts(folder / FOLDER)))


_INPUT = ("--input", f"image:{','.join(map(str, seed_models.SHAPE))}")
BUILDERS: dict[str, Callable[[Path], None]] = {
    "conversion/plain": partial(convert, model=seed_graphs.plain, options=()),
    "conversion/ops": partial(convert, model=seed_graphs.many_ops, options=()),
    "conversion/fp32": partial(convert, model=seed_graphs.plain, options=("--precision", "fp32")),
    "conversion/pose": partial(convert, model=_pose, options=("--decode", "decode.json")),
    "conversion/broken": partial(convert, model=_overflowing, options=("--precision", "fp16")),
    "conversion/compressed": partial(convert, model=_wide, options=("--compress", "palette8")),
    "conversion/torch": partial(convert, model=seed_models.torchscript, options=_INPUT),
    "conversion/sizes": partial(
        convert, model=seed_models.safetensors, options=("--size", "32,48", "--precision", "fp32")
    ),
}
