"""Runs coremltools' own op tests through the reference executor and counts what agrees.

    python benchmarks/conformance_coremltools.py                     all, both configurations
    python benchmarks/conformance_coremltools.py --only test_pool.py --json /tmp/pool.json
    python benchmarks/conformance_coremltools.py --sample 0.02       a fixed fiftieth
    python benchmarks/conformance_coremltools.py --add --only test_conv.py
                                                      one file anew, the others as they were

Only tests in which a prediction was really compared count. Columns: the default fp16 configuration
at Apple's tolerance (0.5 / 0.05); the same comparisons at 5e-3 / 1e-2; the fp32 configuration of
tests whose ops are declared float32. Two controls show that the comparisons see: zeros, and the
prediction moved by 0.01, in the prediction's place.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE / "results" / "conformance_coremltools.json"
TESTS = Path(find_spec("coremltools").origin).parent / "converters/mil/mil/ops/tests"


def run_tests(file, *, sample, workers, fp32, precision):
    """Run one test file in a pytest of its own; give its record of every test."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "records.json"
        command = [
            sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no",
            "-p", "no:cacheprovider", "-p", "poseconvert.mil.pytest_plugin",
            "-p", "conformance_recorder",
            "-n", str(workers), "--rootdir", str(TESTS), "-c", os.devnull, "-W", "ignore",
            "--coreml-precision", precision, "--conformance-json", str(path),
            "--conformance-sample", str(sample), str(file),
        ]  # fmt: skip
        environment = {
            **os.environ,
            "PYMIL_TEST_TARGETS": "mlprogram",
            "INCLUDE_MIL_FP32_UNIT_TESTS": "1" if fp32 else "0",
            "PYTHONPATH": str(HERE),
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        # 0: all passed, 1: some failed, 5: nothing was in the sample. All else ran nothing.
        if done.returncode not in (0, 1, 5) or not path.exists():
            raise SystemExit(
                f"{file}: pytest ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return json.loads(path.read_text())


def summary(records):
    """Count one group of records by column; a test that failed counts, whatever it compared."""
    counted = [record for record in records.values() if not _neural_network(record)]
    compared = [r for r in counted if "tight" in r or r["outcome"] == "failed"]
    half = [record for record in compared if record["precision"] == "fp16"]
    full = [
        record for record in compared if record["precision"] == "fp32" and not record.get("half")
    ]
    mixed = [record for record in compared if record["precision"] == "fp32" and record.get("half")]
    return {
        "tests": len(records),
        "neural_network": len(records) - len(counted),
        "uncompared": len(counted) - len(compared),
        "default": _count(half, lambda r: r["outcome"] == "passed"),
        "tight": _count(half, lambda r: r["outcome"] == "passed" and r["tight"]),
        "fp32": _count(full, lambda r: r["outcome"] == "passed"),
        "fp32_declared_fp16": _count(mixed, lambda r: r["outcome"] == "passed"),
        "control_zeros": _count(_compared(half), lambda r: not r["zeros"]),
        "control_shifted": _count(_compared(full), lambda r: not r["shifted"]),
    }


def _neural_network(record):
    """Tell a test that builds a NeuralNetwork, whatever backend is asked for."""
    return "an .mlmodel file holds a NeuralNetwork" in record["reason"]


def _compared(records):
    return [record for record in records if "tight" in record]


def _count(records, holds):
    return [sum(map(holds, records)), len(records)]


def failures(records):
    """Every test that failed, compared or not, and every one that holds only loosely."""
    return {
        name: {"reason": record["reason"] or "not within 5e-3 / 1e-2", **record}
        for name, record in records.items()
        if not _neural_network(record)
        and not (record.get("precision") == "fp32" and record.get("half"))
        and (record["outcome"] == "failed" or not record.get("tight", True))
    }


def table(groups):
    lines = [
        "| file | default, Apple's tolerance | default, 5e-3 / 1e-2 | fp32 configuration |",
        "|---|---|---|---|",
    ]
    for name, group in groups.items():
        cells = [_cell(group[column]) for column in ("default", "tight", "fp32")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(count):
    return f"{count[0]:,} of {count[1]:,}" if count[1] else "-"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="FILE", help="e.g. test_pool.py")
    parser.add_argument("--sample", type=float, default=1.0, help="share of the tests to run")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-fp32", action="store_true", help="the default configuration alone")
    parser.add_argument("--precision", default="fp16", help="mode of the executor")
    parser.add_argument("--json", type=Path, default=RESULT)
    parser.add_argument(
        "--add", action="store_true", help="keep what --json holds of other files: a run in parts"
    )
    parser.add_argument("--failures", action="store_true", help="list them")
    options = parser.parse_args()
    files = sorted(TESTS.rglob("test_*.py"))
    if options.only:
        files = [file for file in files if file.name in options.only]
    result = previous(options) or {
        "coremltools": version("coremltools"),
        "sample": options.sample,
        "precision": options.precision,
        "files": {},
        "failures": {},
    }
    for file in files:
        records = run_tests(
            file,
            sample=options.sample,
            workers=options.workers,
            fp32=not options.no_fp32,
            precision=options.precision,
        )
        store(result, file.relative_to(TESTS).as_posix(), records)
        options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
        print(f"{len(records):>6} tests of {file.relative_to(TESTS)}", file=sys.stderr, flush=True)
    show(result, failures_too=options.failures)


def previous(options):
    """Give the result that the files run now are to be added to; None starts a new one."""
    if not (options.add and options.json.exists()):
        return None
    found = json.loads(options.json.read_text())
    if (found["sample"], found["precision"]) != (options.sample, options.precision):
        raise SystemExit(f"{options.json}: another sample or precision. Give another --json.")
    return found


def store(result, name, records):
    """Put one file's counts and failures into a result, in place of what it had of that file."""
    result["files"][name] = summary(records)
    kept = {k: v for k, v in result["failures"].items() if not k.startswith(f"{name}::")}
    result["failures"] = {**kept, **failures(records)}
    every = list(result["files"].values())
    result["all"] = {
        column: [sum(pair) for pair in zip(*(group[column] for group in every), strict=True)]
        if isinstance(every[0][column], list)
        else sum(group[column] for group in every)
        for column in every[0]
    }


def show(result, *, failures_too):
    total = result["all"]
    print(table({**result["files"], "all": total}))
    print(
        f"\n{total['tests']} tests, {total['uncompared']} compared nothing, "
        f"{total['neural_network']} build a NeuralNetwork and are set aside"
    )
    print(f"zeros instead of the prediction fail {_cell(total['control_zeros'])} (default, tight)")
    print(f"the prediction + 0.01 fails {_cell(total['control_shifted'])} (fp32 configuration)")
    print(f"fp32 configuration, ops declared fp16: {_cell(total['fp32_declared_fp16'])}")
    if failures_too:
        for name, failure in result["failures"].items():
            print(f"{failure['outcome']}: {name}\n    {failure['reason']}")


if __name__ == "__main__":
    main()
