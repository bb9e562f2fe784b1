"""Runs coremltools' own op tests through the reference executor and counts what agrees.

    python benchmarks/conformance_coremltools.py                     all, both configurations
    python benchmarks/conformance_coremltools.py --only test_pool.py --json /tmp/pool.json
    python benchmarks/conformance_coremltools.py --sample 0.02       a fixed fiftieth

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
from collections import defaultdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE / "results" / "conformance_coremltools.json"
TESTS = Path(find_spec("coremltools").origin).parent / "converters/mil/mil/ops/tests"
#: In the default configuration zeros must fail this share of the tests at the tight tolerance,
#: in the fp32 configuration the shift must fail this share of them.
CONTROLS = {"zeros": 0.85, "shifted": 0.75}


def run_tests(files, *, sample, workers, fp32, precision):
    """Run the test files in one pytest; give its record of every test."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "records.json"
        command = [
            sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no",
            "-p", "no:cacheprovider", "-p", "poseconvert.mil.pytest_plugin",
            "-p", "conformance_recorder",
            "-n", str(workers), "--rootdir", str(TESTS), "-c", os.devnull, "-W", "ignore",
            "--coreml-precision", precision,
            "--conformance-json", str(path), "--conformance-sample", str(sample), *map(str, files),
        ]  # fmt: skip
        environment = {
            **os.environ,
            "PYMIL_TEST_TARGETS": "mlprogram",
            "INCLUDE_MIL_FP32_UNIT_TESTS": "1" if fp32 else "0",
            "PYTHONPATH": str(HERE),
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
        if not path.exists():
            raise SystemExit(f"pytest ended with {done.returncode}:\n{done.stdout}{done.stderr}")
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
    parser.add_argument("--failures", action="store_true", help="list them")
    options = parser.parse_args()
    files = sorted(TESTS.rglob("test_*.py"))
    if options.only:
        files = [file for file in files if file.name in options.only]
    records = run_tests(
        files,
        sample=options.sample,
        workers=options.workers,
        fp32=not options.no_fp32,
        precision=options.precision,
    )
    grouped = defaultdict(dict)
    for name, record in records.items():
        grouped[name.partition("::")[0]][name] = record
    groups = {name: summary(group) for name, group in sorted(grouped.items())}
    whole = {name: record for group in grouped.values() for name, record in group.items()}
    groups["all"] = summary(whole)
    result = {
        "coremltools": version("coremltools"),
        "sample": options.sample,
        "precision": options.precision,
        "groups": groups,
        "failures": failures(whole),
    }
    options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    print(table(groups))
    total = groups["all"]
    print(
        f"\n{total['tests']} tests, {total['uncompared']} compared nothing, "
        f"{total['neural_network']} build a NeuralNetwork and are set aside"
    )
    print(f"zeros instead of the prediction fail {_cell(total['control_zeros'])} (default, tight)")
    print(f"the prediction + 0.01 fails {_cell(total['control_shifted'])} (fp32 configuration)")
    print(f"fp32 configuration, ops declared fp16: {_cell(total['fp32_declared_fp16'])}")
    if options.failures:
        for name, failure in result["failures"].items():
            print(f"{failure['outcome']}: {name}\n    {failure['reason']}")


if __name__ == "__main__":
    main()
