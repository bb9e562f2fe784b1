"""The smallest change that turns the verdict, for five networks in float32 and in float16.

Run: ``python benchmarks/sensitivity.py [ASSETS] [--before COMMIT]``, where ASSETS is the folder
with the published PoseNet weights and the hand network; without it those two are left out. Writes
``results/sensitivity.json`` and the table in ``docs/how-parity-is-decided.md``. ``--before``
measures with the package of another commit, in a worktree of its own, and puts it beside;
``--page`` only writes the table again.

In what a healthy package returned, in both modes, one channel of the first output is scaled, and
one joint's heatmap; in the graph one weight and one bias are scaled, and what that does to the
outputs is added. The change grows until the whole comparison breaks, joints and all.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, numpy_helper

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sensitivity.json"
PAGE = ROOT / "docs" / "how-parity-is-decided.md"
BEGIN, END = "<!-- sensitivity -->", "<!-- end of sensitivity -->"
SEEDED: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("deeppose", "ResNet-18, 128x128, seeded", {"backbone": "resnet18", "input_size": 128}),
    ("integral_3d", "ResNet-18, 64x64, seeded", {"depth": 18, "bins": 16, "input_size": 64}),
)
REFERENCE = ROOT / "reference_models" / "dual_head_mobilenet_v1" / "model.safetensors"
PUBLISHED = {
    "PoseNet x0.5, published": "posenet_mnv1_050_rwightman_layout.pth",
    "hand landmarks, published": "hand_landmark.onnx",
}
_LEAST, _MOST, _STEPS = 1e-8, 1e4, 10
Outputs = dict[str, Any]
Change = Callable[[float], Outputs]


def turning(breaks: Callable[[float], bool]) -> float | None:
    """Return the least change that breaks, to a fortieth; None where none up to 10,000 does."""
    low, high = math.log10(_LEAST), math.log10(_MOST)
    if not breaks(_MOST):
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if breaks(10**middle) else (middle, high)
    return float(10**high)


def networks(work: Path, assets: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield what each network is called, and its file."""
    from seeded_families import save_seeded

    from poseconvert.network.families import named_family

    yield "reference model, trained", REFERENCE
    if assets:
        yield from ((name, assets / "models" / file) for name, file in PUBLISHED.items())
    for arch, name, values in SEEDED:
        save_seeded(work / f"{arch}.safetensors", arch, named_family(arch).config(values))
        yield f"{arch} {name}", work / f"{arch}.safetensors"


def rows(name: str, model: Path, precision: str) -> Iterator[dict[str, Any]]:
    """Convert, and yield the turning change of each kind; None of all where it is not held."""
    from poseconvert.decoding import decode
    from poseconvert.drift import Parity
    from poseconvert.pipeline.chain.judge import judge_chain
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert
    from poseconvert.stages.coreml_options import CoreMLOptions

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        coreml = CoreMLOptions(precision=precision)  # type: ignore[arg-type]
        options = ConvertOptions(coreml=coreml, rescue=False)
        done = convert(model, folder, target=folder, options=options, progress=lambda step: None)
        first, *before, last = done.result.evaluations
        made = [one for one in before if one.link.artifact == last.link.artifact]
        graph = next(one for one in before if one.link.artifact == "model.simplified.onnx")

        def broken(outputs: Outputs) -> bool:
            """Judge what both modes returned, each changed as the last one is."""
            changed = []
            for one in (*made, last):
                moved = {
                    key: (value + (outputs[key] - last.outputs[key].astype(np.float64)))
                    for key, value in one.outputs.items()
                }
                poses = tuple(decode(moved, spec) for spec in done.specs)
                changed.append(replace(one, outputs=moved, poses=poses))
            chain = [first, graph, *changed] if graph is not first else [first, *changed]
            found = judge_chain(chain, done.inputs, specs=done.specs, precision=precision)
            return any(
                row.parity is Parity.BROKEN
                for row in found.comparisons
                if row.candidate.artifact == last.link.artifact
            )

        held = not broken(last.outputs)
        for what, change in changes(last.outputs, folder, done):
            least = turning(lambda share, change=change: broken(change(share))) if held else None
            yield {
                "network": name,
                "precision": precision,
                "change": what,
                "held": held,
                "least": least,
            }


def changes(outputs: Outputs, folder: Path, done: Any) -> Iterator[tuple[str, Change]]:
    """Yield what is changed, and the outputs when it is changed by a share."""
    name = next(iter(outputs))
    channels = outputs[name].shape[1]

    def scaled(part: slice) -> Change:
        def changed(share: float) -> Outputs:
            values = outputs[name].astype(np.float64)
            values[:, part] *= 1 + share
            return outputs | {name: values}

        return changed

    middle = channels // 2
    yield "one channel", scaled(slice(middle, middle + 1))
    spec = next((spec for spec in done.specs if spec.heatmap == name), None)
    if spec:
        bins = channels // spec.joints
        yield "one joint's heatmap", scaled(slice(bins, 2 * bins))
    yield from in_graph(outputs, folder / "model.simplified.onnx", done.inputs.batch)


def in_graph(outputs: Outputs, path: Path, batch: Any) -> Iterator[tuple[str, Change]]:
    """Scale one weight and one bias of the middle convolution, the largest that does anything."""
    from poseconvert.graph.reader import read_onnx
    from poseconvert.runners.onnx import OnnxRunner

    model = read_onnx(path)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    convs = [node for node in model.graph.node if node.op_type == "Conv" and len(node.input) > 2]
    conv = convs[len(convs) // 2]
    unchanged = OnnxRunner(path, model=model).run(batch)

    def with_one(tensor: str, at: int, share: float) -> Outputs:
        copy = ModelProto()
        copy.CopyFrom(model)
        values = np.array(numpy_helper.to_array(stored[tensor]))
        values.flat[at] *= 1 + share
        (place,) = (one for one in copy.graph.initializer if one.name == tensor)
        place.CopyFrom(numpy_helper.from_array(values, tensor))
        moved = OnnxRunner(path, model=copy).run(batch)
        return {
            name: np.nan_to_num(value + (moved[name].astype(np.float64) - unchanged[name]))
            for name, value in outputs.items()
        }

    for what, tensor in (("one weight", conv.input[1]), ("one bias", conv.input[2])):
        largest = np.argsort(-np.abs(numpy_helper.to_array(stored[tensor])).ravel())
        at = next(int(one) for one in largest if _moves(outputs, with_one(tensor, int(one), 1.0)))
        yield what, partial(with_one, tensor, at)


def _moves(outputs: Outputs, changed: Outputs) -> bool:
    """Whether a change does more than rounding: channels that are 0 everywhere do nothing."""
    return any(
        np.abs(changed[name] - value).max() > 1e-4 * np.ptp(value)
        for name, value in outputs.items()
    )


def measured(assets: Path | None) -> list[dict[str, Any]]:
    """Measure every network with the package that is on the path."""
    found = []
    with tempfile.TemporaryDirectory() as work:
        for name, model in networks(Path(work), assets):
            for precision in ("fp32", "fp16"):
                for row in rows(name, model, precision):
                    found.append(row)
                    print(json.dumps(row), file=sys.stderr, flush=True)
    return found


def measured_at(commit: str, assets: Path | None) -> list[dict[str, Any]]:
    """Run this file with the package of another commit, in a worktree of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        tree = Path(temporary) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--detach", str(tree), commit], check=True)
        try:
            command = [sys.executable, __file__, "--print", *([str(assets)] if assets else [])]
            environment = os.environ | {"PYTHONPATH": str(tree)}
            run = subprocess.run(command, env=environment, check=True, capture_output=True)
            found: list[dict[str, Any]] = json.loads(run.stdout)
            return found
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def table(results: dict[str, Any]) -> str:
    """Render the rows, in per cent."""
    before = {_key(row): row for row in results["before"]["rows"]}
    lines = [
        f"| network | precision | changed | before ({results['before']['commit']}) | now |",
        "|---|---|---|---:|---:|",
    ]
    for row in results["now"]:
        shown = (_percent(before.get(_key(row))), _percent(row))
        cells = (row["network"], row["precision"], row["change"], *shown)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["network"], row["precision"], row["change"]


def _percent(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not measured"
    if not row["held"]:
        return "not held"
    return "none seen" if row["least"] is None else f"{100 * row['least']:.2g} %"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("assets", nargs="?", type=Path)
    parser.add_argument("--before", metavar="COMMIT")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--print", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.path.append(str(ROOT / "benchmarks"))
    if given.print:
        print(json.dumps(measured(given.assets)))
        return 0
    none = {"before": {"commit": "", "rows": []}, "now": []}
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else none
    if given.before:
        rows_before = measured_at(given.before, given.assets)
        results["before"] = {"commit": given.before, "rows": rows_before}
    elif not given.page:
        results["now"] = measured(given.assets)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{table(results)}\n{END}{rest.split(END)[1]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
