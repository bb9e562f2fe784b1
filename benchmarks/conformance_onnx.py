"""ONNX's own node cases through stage and executor: equal, refused with a reason, or wrong.

Each case becomes a graph of one input, its other inputs stored as weights, and goes
through what ``convert`` does: simplified, then the routes to Core ML until the float32
package is held to ONNX Runtime on the case's own input and on seeded ones. A case is
*equal* when the package also gives the output the case expects, *wrong* when parity is
called held and it does not, and *refused* otherwise. Where ONNX Runtime itself does not give
what the case expects, a package that is held to it is *disputed*.

    python benchmarks/conformance_onnx.py --workers 2
    python benchmarks/conformance_onnx.py --only Resize --json /tmp/resize.json
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
import tempfile
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, numpy_helper

from poseconvert.drift import (
    EXECUTOR,
    TOLERANCES,
    Comparison,
    Floor,
    Run,
    compare_outputs,
    judge,
    not_run,
    tensor_drift,
)
from poseconvert.errors import PoseconvertError
from poseconvert.graph.reader import read_onnx, write_onnx
from poseconvert.mil import Executor, read_package
from poseconvert.pipeline.convert.routes import Trial, shipped, try_routes
from poseconvert.runners.onnx import session
from poseconvert.stages.coreml_from_onnx import coreml_from_onnx, ways_of
from poseconvert.stages.coreml_options import ROUTES, CoreMLOptions
from poseconvert.stages.simplified_from_onnx import simplified_from_onnx

RESULT = Path(__file__).parent / "results" / "conformance_onnx.json"
LIBRARIES = ("poseconvert", "onnx", "onnxruntime", "onnxsim", "onnx2coreml", "coremltools")
TOLERANCE = TOLERANCES["coreml_from_onnx/fp32"]
OPTIONS = CoreMLOptions(precision="fp32", target="iOS16")
SEEDED = 2


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case; ``reason`` is empty when it is equal."""

    case: str
    op: str
    outcome: str
    reason: str
    shipped: str
    trials: tuple[dict[str, object], ...]


@cache
def cases() -> list:
    """Collect every node case of the installed onnx."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy on the infinities some cases are about
        return sorted(collect_testcases(None), key=lambda case: case.name)


def why_outside(case) -> str:
    """Say why a case is not a single static float op; empty when it is one."""
    graph = case.model.graph
    if len(graph.node) != 1:
        return "several nodes"
    if graph.node[0].domain not in ("", "ai.onnx"):
        return "another domain"
    if not all(v.type.HasField("tensor_type") for v in (*graph.input, *graph.output)):
        return "sequences or optionals"
    if not graph.input or graph.input[0].type.tensor_type.elem_type != TensorProto.FLOAT:
        return "first input not float32"
    dims = [dim for value in graph.input for dim in value.type.tensor_type.shape.dim]
    return "" if all(dim.dim_value > 0 for dim in dims) else "an axis without fixed size"


def one_input_model(case) -> ModelProto:
    """Store all inputs but the first as weights, as in a network."""
    model = ModelProto()
    model.CopyFrom(case.model)
    for value, given in list(zip(model.graph.input, case.data_sets[0][0], strict=True))[1:]:
        tensor = TensorProto()
        stored = (
            given if isinstance(given, TensorProto) else numpy_helper.from_array(np.asarray(given))
        )
        tensor.CopyFrom(stored)
        tensor.name = value.name
        model.graph.initializer.append(tensor)
    del model.graph.input[1:]
    return model


def array_of(given) -> np.ndarray:
    """Return a case's value as float32; types numpy lacks come as protobufs."""
    value = numpy_helper.to_array(given) if isinstance(given, TensorProto) else given
    return np.asarray(value, np.float32)


def feeds_of(case) -> list[np.ndarray]:
    """Return the case's own input and seeded ones within its range."""
    own = array_of(case.data_sets[0][0][0])
    finite = own[np.isfinite(own)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    generator = np.random.default_rng(0)
    seeded = [generator.uniform(low, high, own.shape).astype(np.float32) for _ in range(SEEDED)]
    return [own, *seeded]


def run_case(case, folder: Path) -> Result:
    """Convert one case by the routes and compare, as the module's docstring says."""
    op = case.model.graph.node[0].op_type
    made, simple, package = (folder / name for name in ("m.onnx", "s.onnx", "p.mlpackage"))
    trials: tuple[Trial, ...] = ()
    outputs: dict[str, np.ndarray] = {}

    def make(way) -> None:
        rmtree(package, ignore_errors=True)
        coreml_from_onnx(read_onnx(simple), package, options=OPTIONS, way=way)

    def check() -> Comparison:
        try:
            executor = Executor(read_package(package), precision="fp32")
            found = stacked(lambda feed: executor.run({name: feed}), feeds)
        except PoseconvertError as error:
            return not_run(
                "coreml_from_onnx",
                candidate=Run("model.mlpackage"),
                tolerance=TOLERANCE,
                reason=str(error),
            )
        outputs.clear()
        outputs.update(found)
        return judge(
            "coreml_from_onnx",
            reference=Run("model.onnx", "ONNX Runtime"),
            candidate=Run("model.mlpackage", EXECUTOR, "fp32"),
            inputs=[str(index) for index in range(len(feeds))],
            outputs=compare_outputs(reference, found, tolerance=TOLERANCE, floor=floor),
            joints=(),
            tolerance=TOLERANCE,
        )

    try:
        write_onnx(one_input_model(case), made)
        simplified_from_onnx(made, simple)
        name = case.model.graph.input[0].name
        feeds, reference, floor = referenced(simple, name, feeds_of(case))
        trials = try_routes(
            ways_of(read_onnx(simple), [r for r in ROUTES if r != "torch"]), make=make, check=check
        )
        used = shipped(trials)
    except PoseconvertError as error:
        return result(case.name, op, "refused", str(error).replace(str(folder), ""), "", trials)
    if used.parity.value != "held":
        return result(case.name, op, "refused", used.reason, "", trials)
    reason = unexpected(case, outputs)
    outcome = "equal" if not reason else "disputed" if unexpected(case, reference) else "wrong"
    return result(case.name, op, outcome, reason, str(used.way), trials)


def result(case: str, op: str, outcome: str, reason: str, way: str, trials) -> Result:
    told = tuple({**asdict(t), "way": str(t.way), "parity": t.parity.value} for t in trials)
    return Result(case, op, outcome, reason, way, told)


def stacked(run, feeds) -> dict[str, np.ndarray]:
    """Run each feed and stack each output's results."""
    runs = [run(feed) for feed in feeds]
    for name, first in runs[0].items():
        if any(np.shape(r[name]) != np.shape(first) for r in runs):
            raise PoseconvertError(f"output {name}: its shape depends on the data")
    return {name: np.stack([np.asarray(r[name], np.float32) for r in runs]) for name in runs[0]}


def referenced(path: Path, name: str, feeds: list[np.ndarray]):
    """Return the feeds the reference answers with numbers, its outputs, and its noise floor."""
    runtime = session(onnx.load(path), path)
    names = [output.name for output in runtime.get_outputs()]

    def run(feed):
        try:
            return dict(zip(names, runtime.run(names, {name: feed}), strict=True))
        except Exception as error:
            raise PoseconvertError(f"ONNX Runtime fails ({str(error)[:100]})") from error

    def finite(feed) -> bool:
        return all(np.isfinite(np.asarray(value, np.float32)).all() for value in run(feed).values())

    feeds = [feeds[0], *filter(finite, feeds[1:])]
    reference = stacked(run, feeds)
    up = np.random.default_rng(0).random(feeds[0].shape) < 0.5
    nudge = np.where(up, np.inf, -np.inf).astype(np.float32)
    with np.errstate(all="ignore"):
        moved = stacked(run, [np.nextafter(feed, nudge) for feed in feeds])
    same = {n for n in names if moved[n].shape == reference[n].shape}
    return feeds, reference, {n: Floor(tensor_drift(reference[n], moved[n]).relative) for n in same}


def unexpected(case, outputs: dict[str, np.ndarray]) -> str:
    """Say how the package's answer to the case's own input differs from what it expects."""
    for value, given in zip(case.model.graph.output, case.data_sets[0][1], strict=True):
        expected = array_of(given)
        found = outputs[value.name][0]
        if found.shape != expected.shape:
            return f"{value.name}: shape {found.shape}, expected {expected.shape}"
        allowed = 1e-5 * max(float(np.abs(expected).max(initial=0)), 1e-2)
        if not np.allclose(found, expected, rtol=case.rtol, atol=allowed):
            return f"{value.name}: differs from the case by {np.abs(found - expected).max():.3g}"
    return ""


def _worker(names: list[str]) -> list[Result]:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    wanted = {case.name: case for case in cases() if case.name in set(names)}
    results = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                results.append(run_case(wanted[name], Path(folder)))
            except Exception as error:  # ours to mend: counted, and the exit code says so
                op, text = wanted[name].model.graph.node[0].op_type, f"{error!r}"[:200]
                results.append(result(name, op, "crashed", text, "", ()))
    return results


def run_all(names: list[str], workers: int) -> list[Result]:
    """Run cases by name, in portions so that progress is seen."""
    portions = [names[i :: max(1, len(names) // 20)] for i in range(max(1, len(names) // 20))]
    if workers == 1:
        done = map(_worker, portions)
        return [r for portion in _shown(done, len(portions)) for r in portion]
    with ProcessPoolExecutor(workers) as pool:
        return [
            r for portion in _shown(pool.map(_worker, portions), len(portions)) for r in portion
        ]


def _shown(done, count: int):
    for index, portion in enumerate(done, 1):
        print(f"{index} of {count} portions", file=sys.stderr, flush=True)
        yield portion


def record_of(results: list[Result], outside: Counter) -> dict[str, object]:
    """Return everything counted, as the JSON file keeps it."""
    ordered = sorted(results, key=lambda r: r.case)
    broken = [t for r in ordered for t in r.trials if t["parity"] == "broken"]
    return {
        "schema": "poseconvert.conformance_onnx.v1",
        "versions": {name: version(name) for name in LIBRARIES},
        "python": platform.python_version(),
        "cases": len(ordered) + sum(outside.values()),
        "run": len(ordered),
        "not_run": dict(sorted(outside.items())),
        "outcomes": dict(Counter(r.outcome for r in ordered)),
        "shipped": dict(Counter(r.shipped for r in ordered if r.outcome == "equal")),
        "broken_packages_caught": dict(Counter(str(t["way"]) for t in broken)),
        "results": [asdict(r) for r in ordered],
    }


def table(record: dict) -> str:
    """Return the counts as Markdown."""
    outcomes, run = record["outcomes"], record["run"]
    rows = [
        ("converted and equal", outcomes.get("equal", 0)),
        *((f"… shipped by {way}", n) for way, n in sorted(record["shipped"].items())),
        ("refused with a reason", outcomes.get("refused", 0)),
        *(
            (f"… {reason}", n)
            for reason, n in Counter(
                kind_of_refusal(r) for r in record["results"] if r["outcome"] == "refused"
            ).most_common()
        ),
        ("equal to ONNX Runtime, which differs from the case", outcomes.get("disputed", 0)),
        ("crashed", outcomes.get("crashed", 0)),
        ("wrong although parity was called held", outcomes.get("wrong", 0)),
        ("broken packages caught on the way", sum(record["broken_packages_caught"].values())),
    ]
    lines = [f"| of {run} single-op static float cases | cases |", "|---|---|"]
    return "\n".join([*lines, *(f"| {text} | {n} |" for text, n in rows)])


def kind_of_refusal(result: dict) -> str:
    """Put a refusal into one of few classes."""
    if any(t["parity"] == "broken" for t in result["trials"]):
        return "parity broke and no other route held"
    if any(t["made"] for t in result["trials"]):
        return "the executor cannot run it, so nothing was established"
    if not result["trials"]:
        return "no graph to convert, or ONNX Runtime cannot run it"
    lacks = all(str(t["reason"]).startswith("lacks") for t in result["trials"])
    return "every route lacks an op" if lacks else "no route makes a package of the graph's shapes"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="OP", action="append", help="run these op types only")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="run each Nth case only")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path, default=RESULT, metavar="FILE")
    chosen = parser.parse_args()
    outside = Counter(why for case in cases() if (why := why_outside(case)))
    inside = [case for case in cases() if not why_outside(case)]
    if chosen.only:
        inside = [c for c in inside if c.model.graph.node[0].op_type in chosen.only]
    names = [case.name for case in inside[:: chosen.every]]
    record = record_of(run_all(names, chosen.workers), outside)
    chosen.json.parent.mkdir(exist_ok=True)
    chosen.json.write_text(json.dumps(record, indent=1) + "\n")
    print(table(record))
    return 1 if {"wrong", "crashed"} & set(record["outcomes"]) else 0


if __name__ == "__main__":
    sys.exit(main())
