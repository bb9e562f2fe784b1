"""Convert a seeded network of every family and write ``docs/families.md``.

Run: ``python benchmarks/family_table.py [ASSETS]``, where ASSETS is a folder with the published
PoseNet weights (``models/posenet_mnv1_050_rwightman_layout.pth``) and ``images/``; without it
that part of the table is kept as it was. Writes ``results/families.json`` too. ``--page`` only
writes the page again.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "families.json"
PAGE = ROOT / "docs" / "families.md"

# Family, what its row is called, config. Depths and sizes are small: the ops are the same.
CASES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dual_head_mobilenet_v1", "x0.5, 224x224", {"width": 0.5}),
    ("dual_head_three_frames", "x0.25, 448x448", {"width": 0.25}),
    ("posenet_mobilenet_v1", "x0.5, 129x129", {"stem_channels": 16, "input_size": 129}),
    ("posenet_mobilenet_v1", "x0.75, 129x129", {"stem_channels": 24, "input_size": 129}),
    ("posenet_mobilenet_v1", "x1.0, 129x129", {"stem_channels": 32, "input_size": 129}),
    ("pose_resnet", "18, 128x96", {"depth": 18, "input_height": 128, "input_width": 96}),
    ("pose_resnet", "50, 128x96", {"depth": 50, "input_height": 128, "input_width": 96}),
    ("deeppose", "AlexNet, 224x224", {"backbone": "alexnet"}),
    ("deeppose", "ResNet-18, 128x128", {"backbone": "resnet18", "input_size": 128}),
    ("integral_3d", "ResNet-18, 64x64, 16 bins", {"depth": 18, "bins": 16, "input_size": 64}),
)


def measured(model: Path, *, precision: str = "fp16", pictures: tuple[Path, ...] = ()) -> Any:
    """Convert ``model`` and return one record per stage."""
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert
    from poseconvert.stages.coreml_options import CoreMLOptions

    options = ConvertOptions(
        coreml=CoreMLOptions(precision="fp32" if precision == "fp32" else "fp16"),
        pictures=pictures,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        done = convert(model, path, target=path, options=options, progress=lambda step: None)
        kept = len(done.manifest.keep_fp32)
        given = done.manifest.precision
    return {
        "verdict": done.parity.value,
        "precision": given,
        "kept_fp32": kept,
        "stages": [stage(comparison) for comparison in done.result.comparisons],
    }


def stage(comparison: Any) -> dict[str, Any]:
    """Return what the table shows of one comparison."""
    joints = comparison.joints
    still = [j for j in joints if j.standing != "flipped"]
    drifts = [output.drift for output in comparison.outputs if output.drift is not None]
    return {
        "stage": comparison.stage,
        "candidate": comparison.candidate,
        "parity": comparison.parity.value,
        "drift": max((drift.max_abs for drift in drifts), default=None),
        "joints": len(joints),
        "moved": sum(j.displacement_px > 0.05 for j in still),
        "max_px": max((j.displacement_px for j in still), default=None),
        "flips": len(joints) - len(still),
        "visible_flips": sum(j.standing == "flipped" and j.band == "visible" for j in joints),
    }


def seeded_rows() -> list[dict[str, Any]]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from seeded_families import save_seeded

    from poseconvert.network.families import named_family

    rows = []
    for arch, name, values in CASES:
        begun = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "seeded.safetensors"
            save_seeded(model, arch, named_family(arch).config(values))
            rows.append({"family": arch, "network": name, **measured(model)})
        spent = time.perf_counter() - begun
        print(f"{arch} {name}: {rows[-1]['verdict']} ({spent:.0f} s)", flush=True)
    return rows


def published_rows(assets: Path) -> list[dict[str, Any]]:
    """Run the real PoseNet weights on every picture, in float32 and in float16."""
    model = assets / "models" / "posenet_mnv1_050_rwightman_layout.pth"
    pictures = tuple(sorted((assets / "images").iterdir()))
    rows = []
    for precision in ("fp32", "fp16"):
        found = measured(model, precision=precision, pictures=pictures)
        name = f"published x0.5, 257x257, {precision}, {len(pictures)} pictures"
        rows.append({"family": "posenet_mobilenet_v1", "network": name, **found})
        print(f"{name}: {found['verdict']}", flush=True)
    return rows


def page(results: dict[str, Any]) -> str:
    """Render ``docs/families.md``."""
    lines = [
        "# Families",
        "",
        "Networks that are rebuilt from a bare state dict, each recognised by its keys.",
        "Written by `python benchmarks/family_table.py`; do not edit. Weights of the first table",
        "are seeded, not trained, and sizes and depths small where large ones are slow: the ops",
        "are the same. Drift is the largest difference of any output value; a joint moved where it",
        "did so by more than 0.05 px; a flip is a joint whose peak is in another cell. Flips of",
        "joints that the reference sees are counted first. Of a float16 package both modes of the",
        "reference executor are judged.",
        "",
        *_table(results["seeded"]),
        "",
        "## Published weights",
        "",
        "PoseNet x0.5 as published, on seeded patterns and every shared picture.",
        "",
        *_table(results["published"]),
        "",
        "## Cards",
        "",
        *(f"- [{name}](families/{name}.md)" for name in results["families"]),
    ]
    return "\n".join(lines) + "\n"


def _table(rows: list[dict[str, Any]]) -> list[str]:
    heads = ["Family", "Network", "Stage", "Run by", "Parity"]
    heads += ["Drift", "Joints moved", "Max px", "Flips"]
    lines = [f"| {' | '.join(heads)} |", "|---|---|---|---|---|---:|---:|---:|---:|"]
    for row in rows:
        for found in row["stages"]:
            network = row["network"]
            if found is row["stages"][-1]:
                kept = f", {row['kept_fp32']} ops kept fp32" if row["kept_fp32"] else ""
                network = f"{network} ({row['precision']}{kept})"
            cells = [row["family"], network, f"`{found['stage']}`", _runner(found["candidate"])]
            cells += [found["parity"], _number(found["drift"])]
            cells += [f"{found['moved']} of {found['joints']}", _number(found["max_px"])]
            cells += [f"{found['visible_flips']} of {found['flips']}" if found["flips"] else "0"]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def _runner(candidate: str) -> str:
    """``model.onnx on ONNX Runtime 1.32.0`` without the artifact, whose stage stands before it."""
    return candidate.partition(" on ")[2]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


def main() -> None:
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"published": []}
    words = sys.argv[1:]
    if words != ["--page"]:
        from poseconvert.network.families import FAMILIES

        results["families"] = sorted(FAMILIES)
        results["seeded"] = seeded_rows()
        if words:
            results["published"] = published_rows(Path(words[0]))
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page(results))


if __name__ == "__main__":
    main()
