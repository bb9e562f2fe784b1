"""How convert, one frame and decoding grow with input size, joints, depth bins and blocks.

All along one network, the dual-head x0.5 with seeded weights, with one number changed at a time.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bench_decode import heads, microseconds
from bench_executor import milliseconds, runner
from subjects import Subject, add_fp16, convert_fp32, seeded_dual_head, two_layers
from timing import Samples, interleaved, rounded, spread, summary, timed

from poseconvert.decoding import decode

BLOCKS = 13
BASE = {"input_size": 224, "joints": 24, "depth": 14, "extra_layers": 0}
# What grows, its unit, its name in the config, and its values. Blocks: MobileNetV1's and more.
AXES: tuple[tuple[str, str, str, tuple[int, ...]], ...] = (
    ("input side", "px", "input_size", (112, 160, 224, 320, 448)),
    ("joints", "J", "joints", (8, 24, 48, 96)),
    ("depth bins", "D", "depth", (7, 14, 28, 56)),
    ("separable blocks", "blocks", "extra_layers", (0, 4, 8, 16)),
)
QUICK_AXES = (("input side", "px", "input_size", (48, 64)),)
CONVERT, DECODE = "convert, with parity", "decode, both heads"
FRAME = ("ours, fp32", "ours, fp16", "ONNX Runtime", "PyTorch eager")
CONVERT_ROUNDS, FRAME_ROUNDS, DECODE_ROUNDS = 2, 15, 200


def measure(work: Path, networks: tuple[Subject, ...], *, quick: bool) -> dict[str, Any]:
    """Measure along every axis, by CPU time on one thread; decoding does not see the blocks."""
    import torch

    torch.set_num_threads(1)
    axes = []
    found: dict[tuple[Any, ...], tuple[int, Samples]] = {}  # all axes cross at the base
    for along, unit, field, values in QUICK_AXES if quick else AXES:
        configs = [BASE | {field: value} for value in values]
        for config in configs:
            key = tuple(config.values())
            if key not in found:
                found[key] = at_point(work / str(len(found)), config, quick=quick)
        taken = [found[tuple(config.values())] for config in configs]
        shift = BLOCKS if field == "extra_layers" else 0
        points = [value + shift for value in values]
        cases = [
            grown(case, points, [samples[case] for _, samples in taken])
            for case in taken[0][1]
            if not (shift and case == DECODE)
        ]
        macs = [round(macs / 1e6) for macs, _ in taken]
        axes.append(
            {"along": along, "unit": unit, "points": points, "macs_m": macs, "cases": cases}
        )
    return {"clock": "CPU time, 1 thread", "axes": axes}


def at_point(work: Path, config: dict[str, Any], *, quick: bool) -> tuple[int, Samples]:
    """Multiply-accumulates of one network, and the times of all that is done with it."""
    work.mkdir()
    if quick:
        checkpoint = two_layers(work / "model.pt2", input_size=config["input_size"])
    else:
        checkpoint = seeded_dual_head(work / "model.safetensors", width=0.5, **config)
    made: list[Subject] = []

    def convert_it() -> None:
        made.append(convert_fp32("", checkpoint, work / f"{len(made)}.poseconvert"))

    taken = interleaved(
        {CONVERT: lambda: timed(convert_it, time.process_time)},
        1 if quick else CONVERT_ROUNDS,
        warm=0,  # the networks of other benchmarks were converted before
    )
    subject = made[0]
    add_fp16(subject)
    frame = {case: milliseconds(runner(case, subject), time.process_time) for case in FRAME}
    taken |= interleaved(frame, 2 if quick else FRAME_ROUNDS, warm=3)
    grid = subject.side // 16
    outputs, flat, deep = heads(joints=config["joints"], grid=grid, depth=config["depth"])

    def both() -> tuple[Any, Any]:
        return decode(outputs, flat), decode(outputs, deep)

    rounds = 2 if quick else DECODE_ROUNDS
    taken |= interleaved({DECODE: microseconds(both)}, rounds, warm=20)
    return multiply_accumulates(subject), taken


def multiply_accumulates(subject: Subject) -> int:
    from poseconvert.mil import costs, read_package

    return sum(cost.macs or 0 for cost in costs(read_package(subject.package("fp32"))))


def grown(case: str, points: Sequence[int], taken: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Sum up one case along an axis."""
    sums = [summary(values) for values in taken]
    medians = [statistics.median(values) for values in taken]
    slope, off = power(points, medians)
    low, high = spread([power(points, turn)[0] for turn in zip(*taken, strict=True)])
    unit = {CONVERT: "s", DECODE: "µs"}.get(case, "ms")
    return {
        "case": case,
        "unit": unit,
        "rounds": len(taken[0]),
        **{name: [one[name] for one in sums] for name in ("median", "low", "high")},
        "exponent": rounded(slope),
        "exponent_low": rounded(low),
        "exponent_high": rounded(high),
        "off": rounded(off),
    }


def power(points: Sequence[int], values: Sequence[float]) -> tuple[float, float]:
    """Fit ``value = a * point ** exponent``; also by what share a value is off it at most."""
    x, y = np.log(points), np.log(values)
    slope, intercept = np.polyfit(x, y, 1)
    return float(slope), math.exp(float(np.abs(y - slope * x - intercept).max())) - 1
