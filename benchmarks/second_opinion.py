"""ONNX's own node cases through a second judge: who agrees with whom.

python benchmarks/second_opinion.py [--only OP] [--every N] [--json FILE]

It needs the extra ``coreai``. Each case has one input and its others stored, as in
``conformance_onnx.py``; its own input goes to ONNX Runtime and to the Core AI interpreter, each
case in a process of its own. *agree*: both give the same within what float32 packages are allowed.
*differ*: they do not, and beside it stands which of them the case itself expects. A *three-way
split* is one where the case agrees with neither. *refused*: the interpreter does not take it.
*no reference*: ONNX Runtime does not. What the reference executor made of each case is read from
the stored results of ``conformance_onnx.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import warnings
from collections import Counter
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import onnx
from conformance_onnx import RESULT as CONFORMANCE
from conformance_onnx import array_of, cases, feeds_of, one_input_model, why_outside

from poseconvert.drift import TOLERANCES, Floor, compare_outputs
from poseconvert.errors import PoseconvertError
from poseconvert.runners.coreai import interpreted
from poseconvert.runners.onnx import session

RESULT = Path(__file__).parent / "results" / "second_opinion.json"
LIBRARIES = ("coreai-core", "coreai-onnx", "onnx", "onnxruntime", "numpy")
TOLERANCE = TOLERANCES["coreml_from_onnx/fp32"]
SECONDS = 60
OUTCOMES = ("agree", "differ", "refused", "no reference", "crashed")


def judged(case) -> dict[str, str]:
    """Say who agrees with whom on one case."""
    model, feed = one_input_model(case), feeds_of(case)[0]
    name = model.graph.input[0].name
    names = [value.name for value in model.graph.output]
    try:
        values = session(model, Path(case.name)).run(names, {name: feed})
    except Exception as error:  # onnxruntime's own types, and ours
        return {"outcome": "no reference", "reason": line(error)}
    kinds = [value.type.tensor_type.elem_type for value in model.graph.output]
    first = {key: decoded(*one) for key, *one in zip(names, values, kinds, strict=True)}
    try:
        (answer,) = interpreted(model, [{name: feed}], name=case.name)
    except PoseconvertError as error:
        return {"outcome": "refused", "reason": line(error)}
    second = {key: as_float(value) for key, value in answer.items()}
    expected = {
        key: array_of(value) for key, value in zip(names, case.data_sets[0][1], strict=True)
    }
    apart = why_apart(first, second)
    if not apart:
        return {"outcome": "agree", "reason": ""}
    with_onnx, with_coreai = not why_apart(expected, first), not why_apart(expected, second)
    sides = {(True, False): "ONNX Runtime", (False, True): "Core AI", (False, False): "neither"}
    side = sides.get((with_onnx, with_coreai), "both, within its limits")
    return {"outcome": "differ", "reason": apart, "expected": side}


def decoded(value, kind: int) -> np.ndarray:
    """Return what ONNX Runtime gave as float32: it gives 8-bit floats as their bytes."""
    dtype = onnx.helper.tensor_dtype_to_np_dtype(kind)
    stored = value.dtype == np.uint8 and dtype.itemsize == 1 and dtype.kind not in "uib"
    return as_float(value.view(dtype) if stored else value)


def as_float(value) -> np.ndarray:
    return np.asarray(value, np.float32)


def line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]


def why_apart(reference: dict[str, np.ndarray], candidate: dict[str, np.ndarray]) -> str:
    """Say how two answers differ; empty where they do not.

    What is not a number counts as equal where both have it at the same place, and a value that is
    alone in its output is judged by its own size.
    """
    finite_reference, finite_candidate = {}, {}
    for name, value in reference.items():
        other = candidate.get(name)
        if other is None or other.shape != value.shape:
            return f"{name}: shape {None if other is None else other.shape} for {value.shape}"
        if not value.size:
            continue
        same = np.array_equal(np.isnan(value), np.isnan(other)) and np.array_equal(
            np.where(np.isinf(value), value, 0), np.where(np.isinf(other), other, 0)
        )
        if not same:
            return f"{name}: other values are NaN or infinite"
        inside = np.isfinite(value)
        finite_reference[name], finite_candidate[name] = value[inside], other[inside]
    kept = {name for name, value in finite_reference.items() if value.size}
    floor = {name: Floor(1e-6, "rounding") for name in kept}
    found = compare_outputs(
        {name: finite_reference[name] for name in kept},
        {name: finite_candidate[name] for name in kept},
        tolerance=TOLERANCE,
        floor=floor,
    )
    for one in found:
        value, other = finite_reference[one.output], finite_candidate[one.output]
        if one.reason and not np.allclose(other, value, rtol=1e-5, atol=1e-7):
            return one.reason[:160]
    return ""


def alone(case) -> dict[str, str]:
    """Judge a case in a process of its own, with a limit of time: native code may crash."""
    with tempfile.TemporaryFile() as file:
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            try:
                found = judged(case)
            except BaseException as error:  # ours to mend: it is counted
                found = {"outcome": "crashed", "reason": f"{error!r}"[:160]}
            file.write(json.dumps(found).encode())
            file.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        file.seek(0)
        text = file.read()
    return json.loads(text) if text else {"outcome": "crashed", "reason": f"status {status}"}


def executor_outcomes() -> dict[str, str]:
    """Give what the reference executor made of each case, as stored."""
    record = json.loads(CONFORMANCE.read_text())
    return {one["case"]: one["outcome"] for one in record["results"]}


def table(results: list[dict[str, str]]) -> str:
    """Return the counts as Markdown."""
    counts = Counter(one["outcome"] for one in results)
    rows = [f"| {outcome} | {counts[outcome]} |" for outcome in OUTCOMES]
    differ = [one for one in results if one["outcome"] == "differ"]
    for side, count in Counter(one["expected"] for one in differ).most_common():
        rows.append(f"| … where the case expects {side} | {count} |")
    by_op = Counter(one["op"] for one in differ).most_common()
    lists = ", ".join(f"{op} {count}" for op, count in by_op)
    split = [one for one in differ if one["expected"] == "neither"]
    head = f"| of {len(results)} cases | |\n|---|---|"
    return "\n".join(
        [head, *rows, "", f"By op: {lists or 'none'}.", "", "Three-way splits:"]
        + [f"- {one['case']} ({one['op']}): {one['reason']}" for one in split]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="OP", action="append", help="run these op types only")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="run each Nth case only")
    parser.add_argument("--json", type=Path, default=RESULT, metavar="FILE")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    inside = [case for case in cases() if not why_outside(case)]
    if chosen.only:
        inside = [c for c in inside if c.model.graph.node[0].op_type in chosen.only]
    import coreai_onnx  # noqa: F401  (loaded once, before each case has its own process)

    ours = executor_outcomes()
    results = []
    for index, case in enumerate(inside[:: chosen.every], 1):
        op = case.model.graph.node[0].op_type
        results.append({"case": case.name, "op": op, "executor": ours.get(case.name, "")})
        results[-1] |= alone(case)
        if index % 100 == 0:
            print(f"{index} cases", file=sys.stderr, flush=True)
    record = {
        "schema": "poseconvert.second_opinion.v1",
        "versions": {name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "outcomes": dict(Counter(one["outcome"] for one in results)),
        "results": results,
    }
    chosen.json.write_text(json.dumps(record, indent=1) + "\n")
    print(table(results))
    return int(any(one["outcome"] == "crashed" for one in results))


if __name__ == "__main__":
    sys.exit(main())
