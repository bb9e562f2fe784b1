"""Measure the reference model on 2,000 figures no training saw; draw the histograms of its peaks.

Run from the repository: ``python reference_models/dual_head_mobilenet_v1/evaluate.py``. Writes
``metrics.json`` and ``docs/images/peaks.png``. What is measured: ``training/metrics.py``; what
conversion does to it: ``poseconvert evaluate``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from peaks import save_histograms
from rich.console import Console
from rich.table import Table
from training.cache import fill, open_cache
from training.metrics import find, truth_in

from poseconvert.datasets.synthetic import HELD_OUT_SEED
from poseconvert.decoding import DecodeSpec, Pose
from poseconvert.decoding.skeleton import DUAL_HEAD_24
from poseconvert.metrics.pck import pck
from poseconvert.metrics.ratio import draws, interval
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.evaluate.ground_truth import Truth, metrics

FOLDER = Path(__file__).parent
PICTURE = FOLDER.parents[1] / "docs" / "images" / "peaks.png"
COUNT = 2000
EDGES = np.linspace(0, 1.2, 25)


def measured(found: list[tuple[DecodeSpec, Pose]], truth: Truth) -> dict[str, object]:
    """Return every metric with its 95 % interval, shares of peaks in their bands, histograms."""
    drawn = draws(len(truth.joints))
    record: dict[str, object] = {}
    for spec, pose in found:
        head = f"{spec.dims}d"
        for name, metric in metrics(pose, spec, truth):
            low, high = interval(metric.of(drawn))
            record[f"{name} {head}"] = [round(v, 4) for v in (metric.value, low, high)]
        seen, hidden = pose.score[truth.visible], pose.score[truth.hidden]
        record[f"visible peaks from 0.5 {head}"] = round(float((seen >= 0.5).mean()), 4)
        record[f"hidden peaks from 0.05 to 0.5 {head}"] = round(
            float(((hidden >= 0.05) & (hidden < 0.5)).mean()), 4
        )
        for name, peaks in (("visible", seen), ("hidden", hidden)):
            counts, _ = np.histogram(peaks.clip(EDGES[0], EDGES[-1]), EDGES)
            record[f"histogram {name} {head}"] = counts.tolist()
        if head == "2d":
            record["PCK@0.1 2d per joint"] = _per_joint(pose, truth)
    return record


def _per_joint(pose: Pose, truth: Truth) -> dict[str, float]:
    found, known = pose.position[..., :2], truth.joints[..., :2]
    return {
        name: round(
            pck(
                found,
                known,
                judged=truth.visible & (np.arange(24) == index),
                size=truth.torso,
                share=0.1,
            ).value,
            4,
        )
        for index, name in enumerate(DUAL_HEAD_24.joints)
    }


def show(record: dict[str, object], console: Console) -> None:
    """Print what is a number or a number with its interval."""
    table = Table("metric", "value, %", "95 % interval")
    for name, value in record.items():
        if isinstance(value, float):
            table.add_row(name, f"{100 * value:.1f}", "")
        elif isinstance(value, list) and not name.startswith("histogram"):
            middle, low, high = (f"{100 * v:.1f}" for v in value)
            table.add_row(name, middle, f"{low} to {high}")
    console.print(table)


def main() -> None:
    """Evaluate a model, print and write the numbers, draw the histograms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=FOLDER / "model.safetensors")
    parser.add_argument("--figures", type=int, default=COUNT)
    parser.add_argument("--work", type=Path, default=FOLDER / "runs", help="where figures are kept")
    parser.add_argument("--json", type=Path, default=FOLDER / "metrics.json")
    parser.add_argument("--png", type=Path, default=PICTURE)
    options = parser.parse_args()
    fill(options.work / "cache", HELD_OUT_SEED, options.figures)
    cache = open_cache(options.work / "cache", seed=HELD_OUT_SEED, count=options.figures)
    network = load_source(options.model, ModelOptions()).module
    truth = truth_in(cache, options.figures)
    record = {"figures": options.figures, "seed": HELD_OUT_SEED}
    record |= measured(find(network, cache, count=options.figures), truth)
    show(record, Console())
    options.json.write_text(json.dumps(record, indent=1) + "\n")
    save_histograms(record, EDGES, options.png)


if __name__ == "__main__":
    main()
