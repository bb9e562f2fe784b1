"""Measure the reference model on figures no training saw: PCK@0.1, MPJPE, peaks.

Run from the repository: ``python reference_models/dual_head_mobilenet_v1/evaluate.py``. What is
measured is written at the top of ``training/metrics.py``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from training.cache import Cache, fill, open_cache
from training.metrics import Found, find, inside_picture, mpjpe, pck

from poseconvert.figures.body import JOINTS
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions

HELD_OUT, COUNT = 3, 2000
FOLDER = Path(__file__).parent
EDGES = np.linspace(0, 1.2, 13)


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured; percentages, and counts of peaks per 0.1 from 0 (the last: 1.1 up)."""

    seed: int
    figures: int
    pck_2d: float
    pck_3d_head: float
    mpjpe: float
    visible_peaks_from_half: dict[str, float]
    hidden_peaks_in_band: dict[str, float]
    histograms: dict[str, list[int]]
    pck_per_joint: dict[str, float]


def measured(found: Found, cache: Cache, count: int) -> Result:
    """Compare what a network found with the truth."""
    joints, visible = cache.joints[:count], cache.visible[:count]
    hidden = inside_picture(joints) & ~visible
    assert found.flat is not None
    assert found.deep is not None
    peaks = {"2d": found.flat_peak, "3d": found.deep_peak}
    seen, unseen, histograms = {}, {}, {}
    for kind, peak in peaks.items():
        assert peak is not None
        seen[kind] = 100 * float((peak[visible] >= 0.5).mean())
        unseen[kind] = 100 * float(((peak[hidden] >= 0.05) & (peak[hidden] < 0.5)).mean())
        for name, mask in (("visible", visible), ("hidden", hidden)):
            counted, _ = np.histogram(peak[mask].clip(0, 1.19), EDGES)
            histograms[f"{name}_{kind}"] = counted.tolist()
    each = {
        name: 100 * pck(found.flat, joints, visible & (np.arange(24) == index))
        for index, name in enumerate(JOINTS)
    }
    return Result(
        seed=cache.seed,
        figures=count,
        pck_2d=100 * pck(found.flat, joints, visible),
        pck_3d_head=100 * pck(found.deep[..., :2], joints, visible),
        mpjpe=mpjpe(found.deep, joints, cache.height[:count]),
        visible_peaks_from_half=seen,
        hidden_peaks_in_band=unseen,
        histograms=histograms,
        pck_per_joint=each,
    )


def show(result: Result, console: Console) -> None:
    """Print the numbers and both histograms."""
    console.print(
        f"{result.figures} figures of seed {result.seed}: PCK@0.1 {result.pck_2d:.1f} % (2D head),"
        f" {result.pck_3d_head:.1f} % (3D head); MPJPE {result.mpjpe:.1f} % of body height"
    )
    for kind in ("2d", "3d"):
        console.print(
            f"{kind} peaks: {result.visible_peaks_from_half[kind]:.1f} % of visible joints from"
            f" 0.5, {result.hidden_peaks_in_band[kind]:.1f} % of hidden ones in 0.05 to 0.5"
        )
    table = Table("peak", *result.histograms, title="joints by peak, %")
    shares = {name: 100 * np.array(h) / max(1, sum(h)) for name, h in result.histograms.items()}
    for place, edge in enumerate(EDGES[:-1]):
        row = [f"{shares[name][place]:.1f}" for name in result.histograms]
        table.add_row(f"{edge:.1f}", *row)
    console.print(table)


def main() -> None:
    """Evaluate a model and, if asked, write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=FOLDER / "model.safetensors")
    parser.add_argument("--figures", type=int, default=COUNT)
    parser.add_argument("--work", type=Path, default=FOLDER / "runs", help="where figures are kept")
    parser.add_argument("--json", type=Path, help="write the numbers there")
    options = parser.parse_args()
    fill(options.work / "cache", HELD_OUT, options.figures)
    cache = open_cache(options.work / "cache", seed=HELD_OUT, count=options.figures)
    network = load_source(options.model, ModelOptions()).module
    found = find(network, cache, count=options.figures)
    result = measured(found, cache, options.figures)
    show(result, Console())
    if options.json:
        record = {name: getattr(result, name) for name in Result.__slots__}
        options.json.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
