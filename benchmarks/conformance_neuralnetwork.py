"""Runs coremltools' own tests of NeuralNetworks through the reference executor and counts.

    python benchmarks/conformance_neuralnetwork.py                   Apple's layer tests, all
    python benchmarks/conformance_neuralnetwork.py --ops 0.1         and a tenth of its op tests
    python benchmarks/conformance_neuralnetwork.py --layers 0.02 --json /tmp/some.json

Apple's layer tests lie in ``coremltools/test/neural_network``. Its op tests have a backend that
makes NeuralNetworks. Only tests that predict count; what was skipped, refused or compared nothing
is counted by itself. Two controls show that the tests see: zeros, and the prediction moved by 0.01,
in the prediction's place.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE / "results" / "conformance_neuralnetwork.json"
PACKAGE = Path(find_spec("coremltools").origin).parent
LAYERS = PACKAGE / "test/neural_network"
OPS = PACKAGE / "converters/mil/mil/ops/tests"


def run_tests(folder, *, sample, control=None, backend=None, seconds=1500):
    """Run a folder's tests in a pytest of its own; give its record of every test."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "records.json"
        command = [
            sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=no", "-n", "0",
            "-p", "no:cacheprovider", "-p", "poseconvert.mil.pytest_plugin",
            "-p", "conformance_recorder", "--rootdir", str(folder), "-c", os.devnull,
            "-W", "ignore",
            "--conformance-json", str(path), "--conformance-sample", str(sample),
            *(["--conformance-control", control] if control else []), str(folder),
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (HERE, HERE.parent)))}
        environment["OMP_NUM_THREADS"] = "1"
        if backend:
            environment["PYMIL_TEST_TARGETS"] = backend
        done = subprocess.run(
            command,
            env=environment,
            cwd=scratch,
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        # 0: all passed, 1: some failed. All else ran nothing.
        if done.returncode not in (0, 1) or not path.exists():
            raise SystemExit(
                f"{folder}: pytest ended with {done.returncode}:\n{done.stdout[-2000:]}"
            )
        return json.loads(path.read_text())


def summary(records, *, wanted="NeuralNetwork"):
    """Count the tests of a folder: collected, skipped, refused, predicted, equal."""
    counted = {k: r for k, r in records.items() if r.get("format", wanted) == wanted}
    skipped = Counter(_reason(r) for r in counted.values() if r["outcome"] == "skipped")
    ran = {k: r for k, r in counted.items() if r["outcome"] != "skipped"}
    refused = {k: r for k, r in ran.items() if _is_refused(r)}
    predicted = {k: r for k, r in ran.items() if r.get("asked") and k not in refused}
    equal = [k for k, r in predicted.items() if r["outcome"] != "failed"]
    return {
        "collected": len(records),
        "of_other_kinds": len(records) - len(counted),
        "skipped": sum(skipped.values()),
        "skipped_why": dict(skipped.most_common(8)),
        "refused": len(refused),
        "uncompared": len(ran) - len(refused) - len(predicted),
        "compared": len(predicted),
        "equal": len(equal),
        "failures": {
            Path(name.partition("::")[0]).name + name[name.find("::") :]: _reason(record)
            for name, record in sorted(ran.items())
            if record["outcome"] == "failed"
        },
    }


def _reason(record):
    """Give why a test failed, without the folders of this machine."""
    return re.sub(r"/[\w./-]*/", "", record["reason"])


def _is_refused(record):
    """Whether the executor refused the model: no prediction was asked of it."""
    return (
        record["outcome"] == "failed" and not record.get("asked") and ".mlmodel" in record["reason"]
    )


def seen(whole, spoilt):
    """Of the tests that hold, how many a control fails: [failed, held]."""
    held = [k for k, r in whole.items() if r.get("asked") and r["outcome"] == "passed"]
    failed = [k for k in held if k in spoilt and spoilt[k]["outcome"] == "failed"]
    return [len(failed), len([k for k in held if k in spoilt])]


def measure(folder, *, sample, controls, backend=None):
    whole = run_tests(folder, sample=sample, backend=backend)
    found = {"sample": sample, **summary(whole)}
    for control in ("zeros", "shifted"):
        if controls:
            spoilt = run_tests(folder, sample=controls, control=control, backend=backend)
            found[f"control_{control}"] = seen(whole, spoilt)
    return found


def show(name, found):
    share = found["equal"] / found["compared"] if found["compared"] else 0
    print(
        f"{name}: {found['collected']} collected, {found['of_other_kinds']} of other kinds,"
        f" {found['skipped']} skipped, {found['refused']} refused,"
        f" {found['uncompared']} predict nothing, {found['compared']} compared,"
        f" {found['equal']} equal ({share:.1%})"
    )
    for control in ("zeros", "shifted"):
        if f"control_{control}" in found:
            failed, held = found[f"control_{control}"]
            print(f"  {control} in the prediction's place: {failed} of {held} fail")
    for test, reason in found["failures"].items():
        print(f"  failed: {test}\n    {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=float, default=1.0, help="share of the layer tests")
    parser.add_argument("--ops", type=float, default=0.0, help="share of the op tests")
    parser.add_argument("--controls", type=float, default=0.0, help="share the controls run on")
    parser.add_argument("--json", type=Path, default=RESULT)
    options = parser.parse_args()
    result = json.loads(options.json.read_text()) if options.json.exists() else {}
    result["coremltools"] = version("coremltools")
    if options.layers:
        result["layers"] = measure(LAYERS, sample=options.layers, controls=options.controls)
        show("layer tests", result["layers"])
    if options.ops:
        result["ops"] = measure(
            OPS, sample=options.ops, controls=options.controls, backend="neuralnetwork"
        )
        show("op tests", result["ops"])
    options.json.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
