"""What Swift must answer: the fixtures' expectations, computed by poseconvert and numpy.

Questions are stored in the fixture files, so that answers can be made anew without drawing again.
Arrays are base64 of little-endian numbers: JSON has neither NaN nor exact float32.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from poseconvert.decoding import (
    DecodeSpec,
    decode,
    decode_people,
    derived_joints,
    peak_margins,
    skeleton_named,
)
from poseconvert.drift import (
    Floor,
    HeadReading,
    JointDrift,
    TensorDrift,
    Tolerance,
    compare_outputs,
    joint_drifts,
    max_drift,
    tensor_drift,
)
from poseconvert.drift.comparison import joint_reasons
from poseconvert.drift.tolerances import FLOOR_FACTOR, FLOOR_LIMIT

FIXTURES = Path(__file__).parents[1] / "Tests" / "PoseBenchCoreTests" / "Fixtures"

Record = dict[str, Any]


def packed(values: NDArray[Any]) -> Record:
    """Store an array with its shape and type."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    data = base64.b64encode(little.tobytes()).decode("ascii")
    return {"dtype": values.dtype.name, "shape": list(values.shape), "data": data}


def unpacked(record: Mapping[str, Any]) -> NDArray[Any]:
    """Read what :func:`packed` stored."""
    dtype = np.dtype(record["dtype"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(record["data"]), dtype).reshape(record["shape"])


def decoded(question: Record) -> Record:
    """Pose and margins of one frame."""
    spec = DecodeSpec.from_dict(question["spec"])
    outputs = {name: unpacked(tensor)[None] for name, tensor in question["outputs"].items()}
    with np.errstate(invalid="ignore", over="ignore"):
        pose = decode(outputs, spec)
        mapped = spec.heatmap and spec.refinement != "simcc"
        margin = peak_margins(outputs, spec, pose=pose) if mapped else None
    answer = {
        "position": packed(pose.position[0]),
        "score": packed(pose.score[0]),
        "cell": pose.cell[0].tolist(),
    }
    return answer if margin is None else {**answer, "margin": packed(margin[0])}


def found_people(question: Record) -> Record:
    """Everybody in one picture, best first."""
    spec = DecodeSpec.from_dict(question["spec"])
    outputs = {name: unpacked(tensor)[None] for name, tensor in question["outputs"].items()}
    with np.errstate(invalid="ignore", over="ignore"):
        people = decode_people(outputs, spec)
    return {
        "position": packed(people.position),
        "score": packed(people.score),
        "person": packed(people.person),
        "box": packed(people.box),
    }


def derived(question: Record) -> Record:
    """Hip, neck, head and spine."""
    found = derived_joints(unpacked(question["position"]))
    return {name: packed(place) for name, place in found.items()}


def percentiles(question: Record) -> Record:
    """Numpy's percentiles, method linear."""
    samples = unpacked(question["samples"])
    return {"values": packed(np.quantile(samples, question["shares"], method="linear"))}


def drifted(question: Record) -> Record:
    """Drift of one tensor."""
    found = tensor_drift(unpacked(question["reference"]), unpacked(question["candidate"]))
    numbers = np.array([found.max_abs, found.mean_abs, found.relative, found.psnr_db])
    flat = np.ravel_multi_index(found.worst, question["reference"]["shape"]) if found.worst else 0
    return {
        "elements": found.elements,
        "non_finite": found.non_finite,
        "worst": int(flat),
        "numbers": packed(numbers),
    }


def copied(question: Record) -> Record:
    """Copy what lies at the strides, as float32."""
    shape, strides = question["shape"], question["strides"]
    stored = unpacked(question["stored"])
    view = as_strided(stored, shape, [stride * stored.itemsize for stride in strides])
    with np.errstate(over="ignore"):
        return {"values": packed(view.astype(np.float32))}


def judged(question: Record) -> Record:
    """Parity of two poses' tensors, as a phone judges it: every output over all inputs together.

    A conversion judges every input and channel; ``diff --recorded`` does so with what a phone says.
    """
    spec = DecodeSpec.from_dict(question["spec"])
    reference, candidate = (
        {name: unpacked(tensor) for name, tensor in question[side].items()}
        for side in ("reference", "candidate")
    )
    tolerance = Tolerance(**question["tolerance"], reason="drawn")
    floor = {name: Floor(relative) for name, relative in question["floor"].items()}
    outputs = compare_outputs(reference, candidate, tolerance=tolerance, floor=floor)
    inputs = question["inputs"]
    pose = decode(reference, spec)
    joints = joint_drifts(
        pose,
        decode(candidate, spec),
        margin=peak_margins(reference, spec, pose=pose),
        reading=HeadReading("2d", skeleton_named(spec.skeleton).joints, spec.stride[0]),
        inputs=inputs,
        heatmap_drift=max_drift(outputs, spec.heatmap or ""),
    )
    off = [
        name
        for name, values in reference.items()
        if not _fits(tensor_drift(values, candidate[name]), tolerance, floor[name].relative)
    ]
    reasons = [*off, *joint_reasons(joints, tolerance)]
    return {"held": not reasons, "reasons": len(reasons), **_summary(joints)}


def _fits(drift: TensorDrift, tolerance: Tolerance, floor: float) -> bool:
    if drift.non_finite:
        return False
    relative = tolerance.relative
    if relative is not None:
        allowed = max(
            relative, min(FLOOR_FACTOR * (floor if math.isfinite(floor) else 0), FLOOR_LIMIT)
        )
        if not drift.relative <= allowed:
            return False
    return tolerance.psnr_db is None or drift.psnr_db >= tolerance.psnr_db


def _summary(joints: tuple[JointDrift, ...]) -> Record:
    stayed = [j.displacement_px for j in joints if j.standing != "flipped" and j.band != "absent"]
    flipped = [j for j in joints if j.standing == "flipped"]
    numbers = (math.fsum(stayed) / len(stayed), max(stayed)) if stayed else ()
    finite = bool(stayed) and all(math.isfinite(moved) for moved in stayed)
    return {
        "compared": len(stayed),
        "mean_px": numbers[0] if finite else None,
        "max_px": numbers[1] if finite else None,
        "flips": len(flipped),
        "visible_flips": sum(j.band == "visible" or j.candidate_visible for j in flipped),
        "at_risk": sum(j.standing == "at risk" for j in joints),
    }


def smoothed(question: Record) -> Record:
    """Kalman filter and low-pass cascade, each run of present frames by itself.

    Written as sums over the past instead of one step after the other: a filter that keeps a share
    a of its past answers ``y[t] = a**t x[0] + (1 - a) sum(a**(t - s) x[s], s = 1..t)``.
    """
    path = unpacked(question["path"])
    motion, noise, past = question["motion"], question["measurement"], question["past"]
    answer = np.full(path.shape, np.nan)
    present = np.isfinite(path).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], present, [False]]).astype(int)))
    for start, end in edges.reshape(-1, 2):
        run = _kalman(path[start:end], motion, noise)
        for _ in range(question["filters"]):
            run = _lowpass(run, past)
        answer[start:end] = run
    return {"path": packed(answer)}


def _kalman(path: NDArray[np.float64], motion: float, noise: float) -> NDArray[np.float64]:
    """``x[t] = sum(w[t, s] now[s])``: the weights of all measurements so far, row by row."""
    weights, variance = np.zeros((len(path), len(path))), 0.0
    weights[0, 0] = 1
    for t in range(1, len(path)):
        gain = (variance + motion) / (variance + motion + noise)
        variance = noise * (variance + motion) / (noise + variance + motion)
        weights[t] = weights[t - 1] * (1 - gain)
        weights[t, t] += gain
    return weights @ path


def _lowpass(path: NDArray[np.float64], past: float) -> NDArray[np.float64]:
    t, s = np.indices((len(path), len(path)))
    weights = np.where(s <= t, past ** np.maximum(t - s, 0) * np.where(s == 0, 1, 1 - past), 0)
    return np.asarray(weights @ path)


ANSWERS: dict[str, Callable[[Record], Record]] = {
    "decode": decoded,
    "numbers": decoded,
    "people": found_people,
    "derived": derived,
    "percentile": percentiles,
    "drift": drifted,
    "strided": copied,
    "parity": judged,
    "smoothing": smoothed,
}


def answered(name: str, questions: list[Record]) -> str:
    """Return the text of a fixture file: every question with its answer."""
    cases = [{"ask": question, "expect": ANSWERS[name](question)} for question in questions]
    lines = ",\n".join(json.dumps(case, allow_nan=False, sort_keys=True) for case in cases)
    return f"[\n{lines}\n]\n"


def questions_in(name: str) -> list[Record]:
    """Read the questions of a fixture file."""
    return [case["ask"] for case in json.loads((FIXTURES / f"{name}.json").read_text())]


if __name__ == "__main__":
    for fixture in ANSWERS:
        text = answered(fixture, questions_in(fixture))
        (FIXTURES / f"{fixture}.json").write_text(text)
        print(f"{fixture}.json: {text.count(chr(10)) - 2} cases answered")
