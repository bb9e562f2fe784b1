"""The page and the chart of the results: ``docs/benchmarks.md``, ``docs/images/benchmarks.svg``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chart import chart

DOCS = Path(__file__).parents[1] / "docs"
PAGE, CHART = DOCS / "benchmarks.md", DOCS / "images" / "benchmarks.svg"
POWER_LAW = 0.1  # a fit that no median leaves by more than this is worth an exponent
IDLE = 0.5  # of the cores: a load average above it is other work

HOW = """\
Every ratio is ours over a neighbour: below 1 ours is quicker. Both sides take turns in one run, and
the ratio is the median of the rounds' own ratios, so a slow spell of the machine falls on both. Its
spread is from the 10th to the 90th percentile, or of fewer than 10 rounds from least to most. A
promise is what an earlier version was held to. Cold processes find their files in the file cache.
"""
SECTIONS = {
    "convert": (
        "Convert",
        """\
The raw toolchain calls the same libraries with the same checkpoint. coremltools has not read ONNX
since version 6, so onnx2coreml stands between onnxsim and it; its own path starts at a trace.""",
    ),
    "executor": (
        "One frame in the executor",
        """\
`ours` runs the package op by op, as parity does, at float32 or with every op rounded to float16.
coremltools has no row: it runs a package on macOS only, and on Linux all there is to time is its
loading and its conversion (above).""",
    ),
    "decode": (
        "Decoding",
        """\
Heatmaps and offsets of both heads to 24 joints in 2D and in 3D. The loop is what a port of the
article's decoder looks like; PyTorch takes all joints at once. The two argmax calls alone give no
position: nothing that reads every cell can be quicker.""",
    ),
    "people": (
        "Several people",
        """\
One frame of each layout that several people are read from, against one pass over its memory. Five
passes are the aim: YOLO and CenterNet keep it. What is left of OpenPose, PoseNet and MoveNet is
some sixty calls of numpy on a few cells each, and Python that joins limbs to people.""",
    ),
    "diff": (
        "diff",
        """\
`poseconvert diff --image` against the least that such a command must do: import the libraries, load
every artifact and run each once. In one process: the same without the imports.""",
    ),
    "pair": (
        "diff A B",
        """\
`poseconvert diff model.onnx model.mlpackage --image` against a script that imports what both need
and runs each once, the package in both modes. Both runtimes' libraries are in one process: that is
the memory beyond the larger side alone.""",
    ),
    "drop-in": (
        "The drop-in",
        """\
coremltools' own `MLModel`, with the reference executor where Core ML would be, against the executor
called by itself.""",
    ),
    "imports": (
        "Cold starts",
        "What a user waits for before anything happens. `--help` loads none of the libraries.",
    ),
}
GROWTH = """\
The dual-head x0.5 with seeded weights, one number changed at a time from 224 px, 24 joints, 14
depth bins and 13 blocks. An exponent k says that cost grows as the number to the power k, with its
spread over rounds; it is given where no median is more than 10 % off that law, and else how far
off it is: a fixed part, as a backbone beside growing heads, bends the line.
"""
FILE = """\
## The file

`benchmarks/results/benchmarks.json` has the schema `poseconvert.benchmarks.v1`: `measured_utc`,
`seconds`, `quick` (true: no number means anything), `machine`, `load_average` before and after,
and under `benchmarks`, by name, `load_average` and `tables`. A table has `title`, `clock`, `unit`,
`note`, `rows` (`case`, `rounds`, `median`, `low`, `high`) and `ratios` (`case`, `against`,
`median`, `low`, `high`, `target`). `growth` has `clock` and `axes` instead: `along`, `unit`,
`points`, `macs_m`, and `cases` with one `median`, `low` and `high` per point, `exponent` with its
spread, and `off`, the largest share by which a median leaves the fit.

```sh
make bench           # a quarter of an hour, on an idle machine; writes the file, page and chart
make bench QUICK=1   # each once on a tiny network: do they still work?
python benchmarks/run.py decode drop-in   # some of them, printed only
python benchmarks/run.py --page           # the page and the chart from the file
```
"""


def write_page(results: dict[str, Any]) -> None:
    """Write the page and its chart."""
    PAGE.write_text(page(results), encoding="utf-8")
    CHART.write_text(chart(results), encoding="utf-8")


def page(results: dict[str, Any]) -> str:
    """Render ``docs/benchmarks.md``."""
    parts = [
        "# Benchmarks\n\nHow long poseconvert takes, beside what else does such work. Written by"
        " `make bench`; do not edit.\n",
        HOW,
        _machine(results),
        "![Time of ours over time of each neighbour, with its spread](images/benchmarks.svg)\n",
    ]
    for name, (heading, text) in SECTIONS.items():
        if name in results["benchmarks"]:
            parts.append(f"## {heading}\n\n{text}\n")
            parts += [_table(found) for found in results["benchmarks"][name]["tables"]]
    if "growth" in results["benchmarks"]:
        growth = results["benchmarks"]["growth"]
        parts.append(f"## How cost grows\n\n{GROWTH}\nBy {growth['clock']}.\n")
        parts += [_axis(axis) for axis in growth["axes"]]
    return "\n".join([*parts, FILE])


def _machine(results: dict[str, Any]) -> str:
    where, load = results["machine"], results["load_average"]["before"]
    versions = ", ".join(f"{name} {value}" for name, value in where["versions"].items())
    lines = [
        f"Measured {results['measured_utc']} UTC in {results['seconds'] / 60:.0f} minutes on"
        f" {where['processor']}, {where['cores']} cores, {where['memory_gb']} GB,"
        f" {where['system']}: {versions}.",
    ]
    loads = [one["load_average"] for one in results["benchmarks"].values()]
    if load > IDLE * where["cores"]:
        lines.append(
            f"\n**The machine was not idle**: its load average was {load:g} at the start and up"
            f" to {max(loads):g} later. Wall times are longer than they need be; CPU times and"
            " ratios suffer less."
        )
    else:
        lines.append(f"The load average at the start was {load:g}.")
    return "\n".join(lines) + "\n"


def _table(found: dict[str, Any]) -> str:
    heads = ["case", f"median, {found['unit']}", "spread", "rounds"]
    rows = [
        [one["case"], number(one["median"]), _spread(one), str(one["rounds"])]
        for one in found["rows"]
    ]
    title = found["title"][0].upper() + found["title"][1:]
    parts = [f"### {title}, {found['clock']}\n", _grid(heads, rows)]
    if found["ratios"]:
        ratios = [
            [
                f"{one['case']} / {one['against']}",
                number(one["median"]),
                _spread(one),
                f"at most {one['target']:g}" if one["target"] else "",
            ]
            for one in found["ratios"]
        ]
        parts += ["", _grid(["ratio", "median", "spread", "promise"], ratios)]
    if found["note"]:
        parts += ["", found["note"]]
    return "\n".join(parts) + "\n"


def _axis(axis: dict[str, Any]) -> str:
    heads = [f"{axis['along']}, {axis['unit']}", *map(str, axis["points"]), "exponent"]
    rows = [["multiply-accumulates, M", *(f"{macs:,}" for macs in axis["macs_m"]), ""]]
    for case in axis["cases"]:
        medians = map(number, case["median"])
        rows.append([f"{case['case']}, {case['unit']}", *medians, _exponent(case)])
    return f"### By {axis['along']}\n\n{_grid(heads, rows)}\n"


def _exponent(case: dict[str, Any]) -> str:
    if case["off"] > POWER_LAW:
        return f"none: {case['off']:.0%} off"
    return f"{case['exponent']:.2f} ({case['exponent_low']:.2f} to {case['exponent_high']:.2f})"


def _spread(one: dict[str, Any]) -> str:
    return f"{number(one['low'])} to {number(one['high'])}" if one["low"] != one["high"] else "-"


def number(value: float) -> str:
    """Three figures, never as a power of ten."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{float(f'{value:.3g}'):g}"


def _grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
