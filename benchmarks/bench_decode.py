"""Decoding one 24-joint frame, both heads, against the two argmax calls alone.

Run with ``python benchmarks/bench_decode.py``; prints a table, writes ``results/decode.json``.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from poseconvert.decoding import decode, encode, peak_margins, specs

RESULTS = Path(__file__).parent / "results" / "decode.json"
REPETITIONS = 2000
CALLS = 10  # per repetition and case: long enough for the clock, short enough to interleave
TARGET = 5.0
SHAPES = {
    "heatmap2d": (1, 24, 14, 14),
    "offset2d": (1, 48, 14, 14),
    "heatmap3d": (1, 336, 14, 14),
    "offset3d": (1, 1008, 14, 14),
}


def cases() -> dict[str, Callable[[], object]]:
    flat, deep = specs("dual_head_224", input_size=(224, 224), shapes=SHAPES)
    rng = np.random.default_rng(0)
    score = rng.choice([0.15, 0.9], size=(1, 24))
    outputs = encode(rng.uniform(0, 224, (1, 24, 2)), flat, score=score)
    outputs |= encode(rng.uniform(-100, 100, (1, 24, 3)), deep, score=score)
    maps2d = outputs["heatmap2d"].reshape(24, 196)
    maps3d = outputs["heatmap3d"].reshape(24, 2744)

    def argmax_alone() -> None:
        maps2d.argmax(axis=1)
        maps3d.argmax(axis=1)

    def decode_both() -> None:
        decode(outputs, flat)
        decode(outputs, deep)

    def decode_with_margins() -> None:
        peak_margins(outputs, flat, pose=decode(outputs, flat))
        peak_margins(outputs, deep, pose=decode(outputs, deep))

    return {"argmax": argmax_alone, "decode": decode_both, "decode + margins": decode_with_margins}


def measure(runs: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Microseconds per call of every case, one of each per repetition."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for repetition in range(REPETITIONS + 100):
        for name, run in runs.items():
            begin = time.perf_counter_ns()
            for _ in range(CALLS):
                run()
            if repetition >= 100:  # the first ones warm caches and tables
                taken[name].append((time.perf_counter_ns() - begin) / CALLS / 1000)
    return taken


def summary(taken: dict[str, list[float]]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for name, times in taken.items():
        ratios = [own / base for own, base in zip(times, taken["argmax"], strict=True)]
        deciles = statistics.quantiles(ratios, n=10)
        rows.append(
            {
                "case": name,
                "median_us": round(statistics.median(times), 2),
                "ratio": round(statistics.median(ratios), 2),
                "ratio_p10": round(deciles[0], 2),
                "ratio_p90": round(deciles[-1], 2),
            }
        )
    return rows


def main() -> None:
    rows = summary(measure(cases()))
    print(f"{'case':<18}{'median us':>10}{'ratio':>8}   p10 .. p90")
    for row in rows:
        print(
            f"{row['case']:<18}{row['median_us']:>10.2f}{row['ratio']:>8.2f}   "
            f"{row['ratio_p10']:.2f} .. {row['ratio_p90']:.2f}"
        )
    print(f"target: decode at most {TARGET:g} times argmax")
    record = {
        "schema": "poseconvert.benchmark.decode/1",
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "repetitions": REPETITIONS,
        "calls": CALLS,
        "target_ratio": TARGET,
        "rows": rows,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
