"""Run a conversion by other means: does it still compute what it did.

Written beside poseconvert's own verdict and not with it: plain ONNX Runtime for ONNX, the
reference executor op by op for packages, numpy for the comparison. A folder has changed where any
artifact's output is outside its stage's tolerance, against the goldens that lie in the folder or,
by more than twice that, against what the same artifact gave before it was touched; where an
artifact does not run any more; and where the manifest lists other artifacts than were made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

#: Artifact -> most drift of float32 as a part of the range, least PSNR of float16 in dB. The
#: numbers of poseconvert/drift/tolerances.py, repeated, for a judge must not ask the judged.
RELATIVE, PSNR_DB, COMPRESSED_DB = 1e-5, 55.0, 40.0
#: Noise floors raise what float32 allows, by this factor and up to this part of the range.
FLOOR_FACTOR, FLOOR_LIMIT = 8.0, 1e-3
_DOUBLE_DB = 6.03

Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, slots=True)
class Golden:
    """Inputs by case, outputs by name over all cases, and the noise floor of each output."""

    inputs: tuple[tuple[np.ndarray[Any, Any], ...], ...]
    outputs: Arrays
    floor: dict[str, float]


def facts(folder: Path) -> dict[str, Any]:
    """Record what an untouched conversion is and gives, for :func:`judge` later."""
    golden = goldens(folder)
    return {
        "chain": chain(folder),
        "outputs": {
            name: {key: value.tolist() for key, value in run(folder, name, golden).items()}
            for name in artifacts(folder)
        },
    }


def judge(folder: Path, original: dict[str, Any]) -> tuple[str, str]:
    """Say ``changed`` or ``unchanged``, and why."""
    try:
        found = chain(folder)
        golden = goldens(folder)
    except Exception as error:  # of whatever kind: it cannot be read by other means either
        return "changed", f"{type(error).__name__} in its records"
    if original and found != original["chain"]:
        return "changed", "the manifest lists other artifacts"
    for name in artifacts(folder):
        try:
            outputs = run(folder, name, golden)
        except Exception as error:
            return "changed", f"{name} does not run: {type(error).__name__}"
        if why := _outside(name, outputs, golden.outputs, golden.floor, half=False):
            return "changed", f"{name} against its goldens: {why}"
        known = original["outputs"].get(name) if original else None
        if known is None:
            continue
        before = {key: np.asarray(value, np.float32) for key, value in known.items()}
        if why := _outside(name, outputs, before, golden.floor, half=True):
            return "changed", f"{name} against itself before: {why}"
    return "unchanged", ""


def chain(folder: Path) -> list[list[str]]:
    """Name, format and stage of every artifact that the manifest lists."""
    listed = json.loads((folder / "manifest.json").read_bytes())["artifacts"]
    return [[one["name"], one["format"], one["stage"]] for one in listed]


def artifacts(folder: Path) -> list[str]:
    """Return those artifacts of a conversion that are there."""
    names = ("model.onnx", "model.simplified.onnx", "model.mlpackage", "model.compressed.mlpackage")
    return [name for name in names if (folder / name).exists()]


def goldens(folder: Path) -> Golden:
    """Read ``golden/`` with nothing but numpy."""
    place = folder / "golden"
    content = json.loads((place / "golden.json").read_bytes())

    def load(one: dict[str, Any]) -> np.ndarray[Any, Any]:
        dtype = {"uint8": "u1", "float32": "<f4"}[one["dtype"]]
        return np.fromfile(place / one["file"], dtype).reshape(one["shape"])

    cases = content["cases"]
    given = [case.get("inputs") or [case["input"]] for case in cases]
    return Golden(
        tuple(tuple(load(one) for one in several) for several in given),
        {
            name: np.stack([load(case["outputs"][name]) for case in cases])
            for name in cases[0]["outputs"]
        },
        {name: float(value) for name, value in content.get("floor", {}).items()},
    )


def run(folder: Path, name: str, golden: Golden) -> Arrays:
    """Run one artifact on every golden input."""
    runner = _package if name.endswith(".mlpackage") else _onnx
    return runner(folder / name, golden)


def _onnx(path: Path, golden: Golden) -> Arrays:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs = [one.name for one in session.get_inputs()]
    outputs = [one.name for one in session.get_outputs()]
    rows = []
    for case in golden.inputs:
        given = [one.transpose(2, 0, 1) if one.dtype == np.uint8 else one for one in case]
        feed = {n: v[None].astype(np.float32) for n, v in zip(inputs, given, strict=True)}
        rows.append(session.run(outputs, feed))
    return {name: np.concatenate([row[at] for row in rows]) for at, name in enumerate(outputs)}


def _package(path: Path, golden: Golden) -> Arrays:
    from poseconvert.mil import Executor, read_package

    package = read_package(path)
    executor = Executor(package, precision="fp16", engine="interpreter")
    rows = []
    for case in golden.inputs:
        given = {}
        for feature, value in zip(package.inputs, case, strict=True):
            tensor = value if hasattr(feature, "colour_space") else _tensor(value)
            given[feature.name] = tensor
        with np.errstate(all="ignore"):
            rows.append(executor.run(given))
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _tensor(value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    planes = value.transpose(2, 0, 1) if value.dtype == np.uint8 else value
    return planes[None].astype(np.float32)


def _outside(
    name: str, outputs: Arrays, reference: Arrays, floor: dict[str, float], *, half: bool
) -> str:
    """Say which output is outside what its stage allows, twice that for ``half``."""
    if set(outputs) != set(reference):
        return f"gives {sorted(outputs)}"
    for key, value in outputs.items():
        expected = reference[key].astype(np.float64).reshape(-1)
        got = np.asarray(value, np.float64).reshape(-1)
        if value.shape != reference[key].shape:
            return f"{key} is {list(value.shape)}"
        if not (np.isfinite(got).all() and np.isfinite(expected).all()):
            return f"{key} is not finite"
        difference = np.abs(got - expected)
        if not difference.any():
            continue
        if name.endswith(".mlpackage"):
            least = COMPRESSED_DB if "compressed" in name else PSNR_DB
            peak, rms = np.abs(expected).max(), np.sqrt(np.square(difference).mean())
            decibels = 20 * np.log10(peak / rms) if peak else -np.inf
            if decibels < least - _DOUBLE_DB * half:
                return f"{key} at {decibels:.1f} dB"
        else:
            spread = np.ptp(expected) or np.abs(expected).max() or 1.0
            allowed = max(RELATIVE, min(FLOOR_FACTOR * floor.get(key, 0.0), FLOOR_LIMIT))
            if difference.max() / spread > allowed * (1 + half):
                return f"{key} by {difference.max() / spread:.1e} of its range"
    return ""
