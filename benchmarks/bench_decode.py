"""Decoding one frame of both heads: ours, argmax alone, a loop over joints, and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from subjects import Subject
from timing import interleaved, table, timed

from poseconvert.decoding import decode, encode, peak_margins, specs

ROUNDS = 1000
CALLS = 10  # per round and case: long enough for the clock, short enough to take turns
TARGET = 5.0
Heads = dict[str, NDArray[np.float32]]


def heads(*, joints: int = 24, grid: int = 14, depth: int = 14) -> tuple[Heads, Any, Any]:
    """Make a frame's outputs, a peak per joint, and the specs of the flat and the deep head."""
    shapes = {
        "heatmap2d": (1, joints, grid, grid),
        "offset2d": (1, 2 * joints, grid, grid),
        "heatmap3d": (1, joints * depth, grid, grid),
        "offset3d": (1, 3 * joints * depth, grid, grid),
    }
    side = 16 * grid
    flat, deep = specs("dual_head_224", input_size=(side, side), shapes=shapes)
    rng = np.random.default_rng(0)
    score = rng.choice([0.15, 0.9], size=(1, joints))
    outputs = encode(rng.uniform(0, side, (1, joints, 2)), flat, score=score)
    reach = 0.45 * side
    outputs |= encode(rng.uniform(-reach, reach, (1, joints, 3)), deep, score=score)
    return {name: value.astype(np.float32) for name, value in outputs.items()}, flat, deep


def loop(outputs: Heads, joints: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Decode as a port writes it: joint by joint, 2D positions and 3D positions in pixels."""
    grid = outputs["heatmap2d"].shape[-1]
    depth = outputs["heatmap3d"].shape[1] // joints
    side = 16 * grid
    flat = np.empty((joints, 2))
    deep = np.empty((joints, 3))
    volumes = outputs["heatmap3d"][0].reshape(joints, depth, grid, grid)
    moves = outputs["offset3d"][0].reshape(3, joints, depth, grid, grid)
    for j in range(joints):
        y, x = np.unravel_index(np.argmax(outputs["heatmap2d"][0, j]), (grid, grid))
        move = outputs["offset2d"][0, [j, j + joints], y, x]
        flat[j] = 16 * x + side * move[0], 16 * y + side * move[1]
        z, y, x = np.unravel_index(np.argmax(volumes[j]), (depth, grid, grid))
        deep[j] = 16 * np.array([x, y, z - depth / 2]) + side * moves[:, j, z, y, x]
    return flat, deep


def by_torch(outputs: Heads, joints: int) -> Callable[[], tuple[Any, Any]]:
    """Decode all joints at once with PyTorch's argmax and gather."""
    import torch

    grid = outputs["heatmap2d"].shape[-1]
    depth = outputs["heatmap3d"].shape[1] // joints
    side = 16 * grid
    tensors = {name: torch.from_numpy(value)[0] for name, value in outputs.items()}

    @torch.inference_mode()
    def run() -> tuple[Any, Any]:
        flat = tensors["heatmap2d"].reshape(joints, -1).argmax(1)
        cell = flat.expand(2, -1).unsqueeze(2)
        moves = tensors["offset2d"].reshape(2, joints, -1).gather(2, cell)[..., 0]
        places = 16 * torch.stack((flat % grid, flat // grid)) + side * moves
        deep = tensors["heatmap3d"].reshape(joints, -1).argmax(1)
        cell = deep.expand(3, -1).unsqueeze(2)
        moves = tensors["offset3d"].reshape(3, joints, -1).gather(2, cell)[..., 0]
        z = deep // (grid * grid)
        index = torch.stack((deep % grid, deep // grid % grid, z - depth / 2))
        return places.T, (16 * index + side * moves).T

    return run


def cases() -> dict[str, Callable[[], object]]:
    """All that give positions give the same ones, or there is nothing to compare."""
    outputs, flat, deep = heads()
    joints = outputs["heatmap2d"].shape[1]
    maps2d = outputs["heatmap2d"].reshape(joints, -1)
    maps3d = outputs["heatmap3d"].reshape(joints, -1)
    torch_run = by_torch(outputs, joints)

    def decode_both() -> tuple[Any, Any]:
        return decode(outputs, flat), decode(outputs, deep)

    def argmax_alone() -> None:
        maps2d.argmax(axis=1)
        maps3d.argmax(axis=1)

    def decode_with_margins() -> None:
        for spec, pose in zip((flat, deep), decode_both(), strict=True):
            peak_margins(outputs, spec, pose=pose)

    ours = [pose.position[0] for pose in decode_both()]
    for theirs in (loop(outputs, joints), torch_run()):
        for own, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(np.asarray(other), own, atol=1e-3)
    return {
        "decode, both heads": decode_both,
        "decode and margins": decode_with_margins,
        "numpy, a loop over joints": lambda: loop(outputs, joints),
        "PyTorch, argmax and gather": torch_run,
        "numpy, the two argmax alone": argmax_alone,
    }


def microseconds(run: Callable[[], object]) -> Callable[[], float]:
    def calls() -> None:
        for _ in range(CALLS):
            run()

    return lambda: timed(calls) / CALLS * 1e6


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Decode one frame of 24 joints, 14x14 cells and 14 depths, on one thread."""
    import torch

    torch.set_num_threads(1)
    sides = {case: microseconds(run) for case, run in cases().items()}
    taken = interleaved(sides, 3 if quick else ROUNDS, warm=1 if quick else 100)
    ours, margins, by_joint, tensors, argmax = sides
    pairs = [(ours, argmax, TARGET), (ours, by_joint, None), (ours, tensors, None)]
    pairs.append((margins, ours, None))
    note = "All but the last give the same positions to 0.001 px; ours also scores and visibility."
    title = "one frame, 24 joints, 14x14 cells, 14 depths"
    found = table(title, taken, pairs, unit="µs", clock="wall time, 1 thread", note=note)
    return {"tables": [found]}
