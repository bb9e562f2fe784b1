"""Decoding one frame of several people, beside one pass over its memory: numpy's sum."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench_decode import microseconds
from numpy.typing import NDArray
from subjects import Subject
from timing import interleaved, table

from poseconvert.decoding import decode, specs

sys.path.insert(0, str(Path(__file__).parents[1]))
from parity_tests.decoding import scenes

ROUNDS = 300
TARGET = 5.0
PEOPLE = 3
Frame = dict[str, NDArray[np.float32]]


def frames() -> dict[str, tuple[str, tuple[int, int], Frame]]:
    """Return per layout its preset, (height, width) in pixels and the outputs of three people."""
    wide = (46 * 8, 82 * 8)

    def poses(size: tuple[int, int], joints: int = 17) -> NDArray[Any]:
        return scenes.figures(0, PEOPLE, joints=joints, size=size)

    return {
        "YOLO, 640 px, 8,400 anchors": (
            "yolo", (640, 640), scenes.yolo(0, people=PEOPLE, anchors=8400, size=(640, 640))),
        "OpenPose, 46x82 cells": (
            "openpose", wide, scenes.openpose(poses(wide, 18), grid=(46, 82))),
        "PoseNet, 513 px, 33x33 cells": (
            "posenet_multi", (513, 513), scenes.posenet(poses((513, 513)), size=513)),
        "CenterNet, 512 px, 128x128 cells": (
            "centernet", (512, 512), scenes.centernet(poses((512, 512)), side=128)),
        "MoveNet, 192 px, 48x48 cells": (
            "movenet", (192, 192), scenes.movenet(scenes.figures(0, 1, size=(192, 192))[0])),
    }  # fmt: skip


def passes(frame: Frame) -> Callable[[], None]:
    def run() -> None:
        for tensor in frame.values():
            tensor.sum()

    return run


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Decode one frame of each layout, on one thread."""
    sides: dict[str, Callable[[], float]] = {}
    pairs: list[tuple[str, str, float | None]] = []
    for title, (preset, size, frame) in frames().items():
        shapes = {name: tensor.shape for name, tensor in frame.items()}
        (spec,) = specs(preset, input_size=size, shapes=shapes)
        found = decode(frame, spec)
        assert np.isfinite(found.position).any(), title
        # Bound now: a closure would see the last frame only.
        sides[title] = microseconds(lambda frame=frame, spec=spec: decode(frame, spec))
        sides[f"numpy, sum of {title}"] = microseconds(passes(frame))
        pairs.append((title, f"numpy, sum of {title}", TARGET))
    taken = interleaved(sides, 3 if quick else ROUNDS, warm=1 if quick else 20)
    note = "A sum reads every number once. numpy's max takes a third of its time."
    title = f"one frame, {PEOPLE} people (MoveNet: 1)"
    clock = "wall time, 1 thread"
    return {"tables": [table(title, taken, pairs, unit="µs", clock=clock, note=note)]}
