"""Run every benchmark, or those that are named, on this machine.

``python benchmarks/run.py`` writes ``results/benchmarks.json``, ``docs/benchmarks.md`` and its
chart. ``--quick`` runs each once on a tiny network, to see that they still work, and ``NAME...``
only those benchmarks: both write only what ``-o FILE`` asks for. ``--page`` measures nothing, and
writes the page and the chart of the results that are there.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from page import write_page
from timing import load_average, machine

SCHEMA = "poseconvert.benchmarks.v1"
RESULTS = Path(__file__).parent / "results" / "benchmarks.json"
# Name in the results, module that measures it. What needs torch in this process comes last.
BENCHMARKS = {
    "imports": "bench_imports",
    "convert": "bench_convert",
    "executor": "bench_executor",
    "drop-in": "bench_dropin",
    "diff": "bench_diff",
    "pair": "bench_pair",
    "decode": "bench_decode",
    "people": "bench_people",
    "growth": "bench_growth",
}


def measured(names: Sequence[str], *, quick: bool) -> dict[str, Any]:
    """Run the benchmarks of these names, one after the other."""
    from subjects import subjects

    begun, load = time.perf_counter(), load_average()
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "measured_utc": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "quick": quick,
        "machine": machine(),
        "benchmarks": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        say(begun, "converting the networks")
        networks = subjects(Path(folder), quick=quick)
        for name in names:
            say(begun, name)
            work = Path(folder) / name
            work.mkdir()
            found = import_module(BENCHMARKS[name]).measure(work, networks, quick=quick)
            record["benchmarks"][name] = {"load_average": load_average(), **found}
            tell(found)
    record["load_average"] = {"before": load, "after": load_average()}
    record["seconds"] = round(time.perf_counter() - begun)
    return record


def say(begun: float, what: str) -> None:
    print(f"{time.perf_counter() - begun:6.0f} s  {what}", flush=True)


def tell(found: dict[str, Any]) -> None:
    """Print the medians of a benchmark."""
    for table in found.get("tables", ()):
        print(f"          {table['title']} ({table['clock']})")
        for one in table["rows"]:
            print(f"            {one['case']}: {one['median']:g} {table['unit']}")
        for one in table["ratios"]:
            print(f"            {one['case']} / {one['against']}: {one['median']:g}")
    for axis in found.get("axes", ()):
        print(f"          {axis['along']} {axis['points']} ({found['clock']})")
        for case in axis["cases"]:
            print(f"            {case['case']}: {case['median']} {case['unit']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="each once, on a tiny network")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    parser.add_argument("-o", "--output", type=Path, help="write the results to this file")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}. Known: {', '.join(BENCHMARKS)}.")
    whole = not (given.quick or given.names)
    if not given.page:
        warnings.simplefilter("ignore")
        logging.getLogger("coremltools").setLevel(logging.ERROR)
        results = measured(given.names or list(BENCHMARKS), quick=given.quick)
        output = given.output or (RESULTS if whole else None)
        if output:
            output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if given.page or (whole and not given.output):
        write_page(json.loads(RESULTS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
