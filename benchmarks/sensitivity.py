"""The smallest change that turns a verdict, for five networks, and what it was by the old measures.

Run: ``python benchmarks/sensitivity.py``. Writes ``results/sensitivity.json`` and the table in
``docs/how-parity-is-decided.md``. In what a healthy package returned, one channel of the first
output is scaled, and one joint's heatmap; in the graph one weight and one bias are scaled, and what
that does to the outputs is added. The change grows until the comparison breaks. Before: by the
drift of all inputs and channels together, over the range of all of them (float32), or the PSNR of
all of them (float16).
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, numpy_helper

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sensitivity.json"
PAGE = ROOT / "docs" / "how-parity-is-decided.md"
BEGIN, END = "<!-- sensitivity -->", "<!-- end of sensitivity -->"
CASES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dual_head_mobilenet_v1", "x0.5, 224x224", {"width": 0.5}),
    ("posenet_mobilenet_v1", "x0.5, 129x129", {"stem_channels": 16, "input_size": 129}),
    ("pose_resnet", "18, 128x96", {"depth": 18, "input_height": 128, "input_width": 96}),
    ("deeppose", "ResNet-18, 128x128", {"backbone": "resnet18", "input_size": 128}),
    ("integral_3d", "ResNet-18, 64x64, 16 bins", {"depth": 18, "bins": 16, "input_size": 64}),
)
_MOST = 1e4
_STEPS = 14
Outputs = dict[str, Any]
Change = Callable[[float], Outputs]


def turning(breaks: Callable[[float], bool]) -> float:
    """Return the least change that breaks, to a tenth; infinite where none up to 10,000 does."""
    low, high = -8.0, math.log10(_MOST)
    if not breaks(_MOST):
        return math.inf
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if breaks(10**middle) else (middle, high)
    return float(10**high)


def before(reference: Outputs, candidate: Outputs, precision: str) -> bool:
    """Judge as it was judged: everything together, by the range or the peak of everything."""
    from poseconvert.drift import tensor_drift

    for name, expected in reference.items():
        drift = tensor_drift(expected, candidate[name])
        if precision == "fp32" and not drift.relative <= 1e-5:
            return True
        if precision == "fp16" and not drift.psnr_db >= 55:
            return True
    return False


def rows(arch: str, name: str, values: dict[str, Any], precision: str) -> Iterator[dict[str, Any]]:
    from seeded_families import save_seeded

    from poseconvert.drift import TOLERANCES, compare_outputs
    from poseconvert.network.families import named_family
    from poseconvert.pipeline.convert.convert import ConvertOptions, convert
    from poseconvert.stages.coreml_options import CoreMLOptions

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "made"
        folder.mkdir()
        model = Path(temporary) / "seeded.safetensors"
        save_seeded(model, arch, named_family(arch).config(values))
        coreml = CoreMLOptions(precision=precision)  # type: ignore[arg-type]
        options = ConvertOptions(coreml=coreml, rescue=False)
        done = convert(model, folder, target=folder, options=options, progress=lambda step: None)
        first, *_, last = done.result.evaluations
        tolerance = TOLERANCES[f"coreml_from_onnx/{precision}"]

        def after(candidate: Outputs) -> bool:
            found = compare_outputs(
                first.outputs,
                candidate,
                tolerance=tolerance,
                floor=first.floor,
                yardsticks=first.yardsticks,
            )
            return any(one.reason for one in found)

        for what, changed in changes(last.outputs, folder, done):
            yield {
                "network": f"{arch} {name}",
                "precision": precision,
                "change": what,
                "before": turning(partial(_before, first.outputs, changed, precision)),
                "after": turning(partial(_after, after, changed)),
            }


def _before(reference: Outputs, changed: Change, precision: str, share: float) -> bool:
    return before(reference, changed(share), precision)


def _after(breaks: Callable[[Outputs], bool], changed: Change, share: float) -> bool:
    return breaks(changed(share))


def changes(
    outputs: Outputs, folder: Path, done: Any
) -> Iterator[tuple[str, Callable[[float], Outputs]]]:
    """Yield what is changed, and the outputs when it is changed by a share."""
    name = next(iter(outputs))
    channels = outputs[name].shape[1]

    def scaled(part: slice) -> Callable[[float], Outputs]:
        def changed(share: float) -> Outputs:
            values = outputs[name].astype(np.float64)
            values[:, part] *= 1 + share
            return outputs | {name: values}

        return changed

    middle = channels // 2
    yield "one channel", scaled(slice(middle, middle + 1))
    spec = next((spec for spec in done.manifest.decode if spec.heatmap == name), None)
    if spec:
        bins = channels // spec.joints
        yield "one joint's heatmap", scaled(slice(bins, 2 * bins))
    yield from in_graph(outputs, folder / "model.simplified.onnx", done.inputs.batch)


def in_graph(
    outputs: Outputs, path: Path, batch: Any
) -> Iterator[tuple[str, Callable[[float], Outputs]]]:
    """Scale one weight and one bias of the middle convolution, the largest of each."""
    from poseconvert.graph.reader import read_onnx
    from poseconvert.runners.onnx import OnnxRunner

    model = read_onnx(path)
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    convs = [node for node in model.graph.node if node.op_type == "Conv" and len(node.input) > 2]
    conv = convs[len(convs) // 2]
    unchanged = OnnxRunner(path, model=model).run(batch)
    for what, tensor in (("one weight", conv.input[1]), ("one bias", conv.input[2])):

        def changed(share: float, tensor: str = tensor) -> Outputs:
            copy = ModelProto()
            copy.CopyFrom(model)
            values = np.array(numpy_helper.to_array(stored[tensor]))
            at = np.unravel_index(np.abs(values).argmax(), values.shape)
            values[at] *= 1 + share
            (place,) = (one for one in copy.graph.initializer if one.name == tensor)
            place.CopyFrom(numpy_helper.from_array(values, tensor))
            moved = OnnxRunner(path, model=copy).run(batch)
            return {
                name: np.nan_to_num(value + (moved[name].astype(np.float64) - unchanged[name]))
                for name, value in outputs.items()
            }

        yield what, changed


def table(found: list[dict[str, Any]]) -> str:
    """Render the rows, in per cent."""
    lines = [
        "| network | precision | changed | before | now |",
        "|---|---|---|---:|---:|",
    ]
    for row in found:
        shown = (_percent(row[key]) for key in ("before", "after"))
        cells = (row["network"], row["precision"], row["change"], *shown)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "none seen" if share is None else f"{100 * share:.2g} %"


def main() -> int:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    found = []
    for arch, name, values in CASES:
        for precision in ("fp32", "fp16"):
            for row in rows(arch, name, values, precision):
                found.append({k: None if v == math.inf else v for k, v in row.items()})
                print(json.dumps(found[-1]), flush=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{table(found)}\n{END}{rest.split(END)[1]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
