"""What compressed weights save in bytes and cost in joints: every mode, beside float16.

Run: ``python benchmarks/compress_table.py [ASSETS]``, where ASSETS is a folder with the published
PoseNet weights (``models/posenet_mnv1_050_rwightman_layout.pth``) and ``images/``; without it those
rows are kept as they were. Writes ``results/compress.json`` and the table of
``docs/guides/compress.md``. ``--page`` only writes the table again.
"""

from __future__ import annotations

import json
import math
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "compress.json"
PAGE = ROOT / "docs" / "guides" / "compress.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
FIGURES = 16
MODEL = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"


def rows(
    name: str, model: Path, pictures: tuple[Path, ...], *, rescue: bool
) -> list[dict[str, Any]]:
    """Convert ``model`` once and compress its float16 package in every way.

    Parameters
    ----------
    rescue : keep in float32 what float16 hurts.
    """
    from poseconvert.pipeline.convert.compress import compress_package, with_compressed
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert
    from poseconvert.stages.compressed_from_coreml import COMPRESSIONS
    from poseconvert.stages.stage import COMPRESSED

    options = ConvertOptions(pictures=pictures, rescue=rescue)
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        done = convert(model, folder, target=folder, options=options, progress=quiet)
        for word in COMPRESSIONS:
            begun = time.perf_counter()
            record = compress_package(folder, word, "fp16", progress=quiet)
            spent = time.perf_counter() - begun
            judged = with_compressed(
                folder,
                done.result,
                done.inputs,
                specs=done.specs,
                precision="fp16",
                progress=quiet,
            )
            shutil.rmtree(folder / COMPRESSED)
            if not found:
                before = {"disk": record.disk_before, "moved": record.moved_before}
                found.append(row(name, "fp16", before, done.result, "coreml_from_onnx"))
            after = {"disk": record.disk_after, "moved": record.moved_after, "seconds": spent}
            found.append(row(name, word, after, judged, "compressed_from_coreml"))
            print(f"{name} {word}: {found[-1]['parity']} ({spent:.1f} s to compress)", flush=True)
    return found


def reference_rows() -> list[dict[str, Any]]:
    """Measure the reference model on rendered figures that its training did not see."""
    from poseconvert.datasets.synthetic import synthetic

    with tempfile.TemporaryDirectory() as folder:
        pictures = []
        for person in synthetic(FIGURES).people:
            pictures.append(Path(folder) / f"{person.name.replace(' ', '-')}.png")
            person.picture().save(pictures[-1])
        return rows("reference model", MODEL, tuple(pictures), rescue=False)


def row(name: str, mode: str, sizes: dict[str, Any], result: Any, stage: str) -> dict[str, Any]:
    """Sum up one stage: the worse of its runners, joints that the reference sees."""
    judged = [c for c in result.comparisons if c.stage == stage]
    joints = [joint for c in judged for joint in c.joints if joint.band == "visible"]
    jumps = [j.displacement_px for j in joints if j.standing == "flipped"]
    still = [j.displacement_px for j in joints if j.standing != "flipped"]
    verdicts = {c.parity.value for c in judged}
    flips = [sum(j.standing == "flipped" for j in c.joints if j.band == "visible") for c in judged]
    hidden = [
        sum(j.standing == "flipped" for j in c.joints if j.band == "occluded") for c in judged
    ]
    return {
        "network": name,
        "mode": mode,
        **sizes,
        "inputs": len(judged[0].inputs),
        "visible": len(joints) // len(judged),
        "psnr_db": min(o.drift.psnr_db for c in judged for o in c.outputs),
        "median_px": statistics.median(still),
        "max_px": max(still),
        "visible_flips": max(flips),
        "furthest_flip_px": max(filter(math.isfinite, jumps), default=0.0),
        "occluded_flips": max(hidden),
        "parity": "held" if verdicts == {"held"} else "broken",
    }


def quiet(step: str) -> None:
    """Say nothing."""


def table(results: list[dict[str, Any]]) -> str:
    """Render the rows of ``docs/guides/compress.md``."""
    heads = ["network", "weights", "on disk", "moved per run", "worst output", "median", "furthest"]
    heads += ["visible flips", "up to", "parity"]
    lines = [f"| {' | '.join(heads)} |", "|---|---|---:|---:|---:|---:|---:|---:|---:|---|"]
    for one in results:
        cells = [one["network"], f"`{one['mode']}`", f"{one['disk'] / 1e6:.2f} MB"]
        cells += [f"{one['moved'] / 1e6:.2f} MB", f"{one['psnr_db']:.1f} dB"]
        cells += [f"{one['median_px']:.2f} px", f"{one['max_px']:.2f} px"]
        cells += [f"{one['visible_flips']} of {one['visible']}"]
        cells += [f"{one['furthest_flip_px']:.1f} px", one["parity"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write_table(results: list[dict[str, Any]]) -> None:
    """Put the table between the marks of the guide."""
    text = PAGE.read_text()
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    PAGE.write_text(f"{head}{BEGIN}{table(results)}{END}{tail}")


def main() -> None:
    words = sys.argv[1:]
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    if words != ["--page"]:
        published = [one for one in results if one["network"].startswith("PoseNet")]
        if words:
            model = Path(words[0]) / "models" / "posenet_mnv1_050_rwightman_layout.pth"
            pictures = tuple(sorted((Path(words[0]) / "images").iterdir()))
            published = rows("PoseNet x0.5", model, pictures, rescue=True)
        results = [*reference_rows(), *published]
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    write_table(results)


if __name__ == "__main__":
    main()
