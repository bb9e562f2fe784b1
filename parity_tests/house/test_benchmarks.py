"""The page of benchmarks is what was measured; what was promised was measured; all still runs."""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
NAMES = {"convert", "executor", "decode", "diff", "pair", "people", "drop-in", "imports", "growth"}
NEIGHBOURS = {
    "convert": ("onnxsim", "coremltools"),
    "executor": ("ONNX Runtime", "PyTorch", "ONNX reference evaluator", "coremltools"),
    "decode": ("numpy", "PyTorch"),
    "diff": ("imports, every artifact once",),
    "people": ("numpy",),
    "drop-in": ("Executor.run",),
    "imports": ("import torch", "import coremltools"),
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture(scope="module")
def results():
    return json.loads((BENCHMARKS / "results" / "benchmarks.json").read_text())


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Results of a run that measures nothing that counts, as ``make bench QUICK=1`` starts it."""
    path = tmp_path_factory.mktemp("bench") / "quick.json"
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "run.py", "--quick", "-o", path],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(path.read_text())


def tables(results):
    return [t for found in results["benchmarks"].values() for t in found.get("tables", ())]


def shape(value):
    """Names all the way down, without numbers and without what depends on the network."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return shape(value[0]) if isinstance(value, list) and value else None


def test_the_page_and_the_chart_are_what_the_results_render_to(module, results):
    page = module("page")
    assert page.page(results) == page.PAGE.read_text(), "run python benchmarks/run.py --page"
    assert page.chart(results) == page.CHART.read_text(), "run python benchmarks/run.py --page"


def test_every_benchmark_and_neighbour_was_measured_in_one_full_run(module, results):
    assert results["schema"] == "poseconvert.benchmarks.v1"
    assert results["quick"] is False
    assert set(results["benchmarks"]) == set(module("run").BENCHMARKS) == NAMES
    for name, neighbours in NEIGHBOURS.items():
        found = [r["against"] for t in results["benchmarks"][name]["tables"] for r in t["ratios"]]
        for neighbour in neighbours:
            assert any(neighbour in against for against in found), f"{name}: {neighbour}"


def test_every_number_has_a_spread_around_it(results):
    for table in tables(results):
        assert {row["rounds"] > 1 for row in table["rows"]} == {True}
        for one in table["rows"] + table["ratios"]:
            assert one["low"] <= one["median"] <= one["high"], one
    for axis in results["benchmarks"]["growth"]["axes"]:
        for case in axis["cases"]:
            assert case["exponent_low"] <= case["exponent_high"]
            assert len(case["median"]) == len(axis["points"]) >= 4


def test_growth_is_along_input_size_joints_depth_and_network(results):
    axes = {axis["along"]: axis for axis in results["benchmarks"]["growth"]["axes"]}
    assert set(axes) == {"input side", "joints", "depth bins", "separable blocks"}
    assert {axes["input side"]["points"][0], axes["input side"]["points"][-1]} == {112, 448}
    for axis in axes.values():
        assert {"convert, with parity", "ours, fp32"} <= {case["case"] for case in axis["cases"]}
        assert axis["macs_m"] == sorted(axis["macs_m"])


def test_the_page_says_where_and_with_what_it_was_measured(module, results):
    text = module("page").page(results)
    for library in ("numpy", "torch", "onnxruntime", "coremltools"):
        assert f"{library} {results['machine']['versions'][library]}" in text
    assert f"{results['machine']['cores']} cores" in text
    busy = results["load_average"]["before"] > results["machine"]["cores"] / 2
    assert ("not idle" in text) == busy


@pytest.mark.slow
def test_a_quick_run_measures_every_benchmark_in_the_same_form(module, quick, results):
    assert quick["quick"] is True
    assert list(quick["benchmarks"]) == list(results["benchmarks"])
    assert shape(quick) == shape(results)
    assert module("page").page(quick).count("\n### ") == len(tables(quick)) + 1


def test_the_chart_has_a_dot_for_every_ratio_of_the_first_tables(module, results):
    drawing = ElementTree.fromstring(module("chart").chart(results))
    first = [found["tables"][0] for found in results["benchmarks"].values() if "tables" in found]
    ratios = [ratio for table in first for ratio in table["ratios"]]
    dots = [float(dot.get("cx")) for dot in drawing.iter(f"{SVG}circle")]
    (one,) = [float(e.get("x1")) for e in drawing.iter(f"{SVG}line") if e.get("class") == "one"]
    assert len(dots) == len(ratios)
    for dot, ratio in zip(dots, ratios, strict=True):
        assert (dot < one) == (ratio["median"] < 0.9999) or abs(dot - one) < 0.1
    order = sorted(range(len(dots)), key=lambda at: ratios[at]["median"])
    assert [dots[at] for at in order] == sorted(dots)


def test_a_name_in_the_chart_is_escaped(module, results):
    changed = json.loads(json.dumps(results).replace("import torch", "<script>&"))
    ElementTree.fromstring(module("chart").chart(changed))


def test_sides_take_turns_and_no_side_is_always_first(module):
    calls = []
    sides = {name: lambda name=name: calls.append(name) or 1.0 for name in "ab"}
    taken = module("timing").interleaved(sides, 3, warm=1, fewer={"b": 2})
    assert "".join(calls) == "ab" + "ba" + "ab" + "a"
    assert {name: len(values) for name, values in taken.items()} == {"a": 3, "b": 2}


def test_a_ratio_is_of_neighbours_in_time(module):
    """A machine that is ten times slower in one round changes no ratio."""
    taken = {"own": [2.0, 20.0, 2.2], "other": [1.0, 10.0, 1.0]}
    found = module("timing").ratio(taken, "own", "other", None)
    assert (found["median"], found["low"], found["high"]) == (2.0, 2.0, 2.2)


def test_the_spread_is_of_deciles_where_there_are_ten_rounds(module):
    values = [float(value) for value in range(1, 100)]
    assert module("timing").spread(values) == (10.0, 90.0)
    assert module("timing").spread(values[:9]) == (1.0, 9.0)


def test_a_power_law_is_found_and_a_bent_line_is_seen_to_be_none(module):
    points = [112, 160, 224, 320, 448]
    slope, off = module("bench_growth").power(points, [3e-5 * point**2 for point in points])
    assert slope == pytest.approx(2)
    assert off < 1e-9
    _, off = module("bench_growth").power(points, [1 + 1e-5 * point**2 for point in points])
    assert off > module("page").POWER_LAW


@pytest.mark.slow
def test_an_exponent_is_shown_only_where_the_law_holds(module, quick):
    page = module("page")
    case = {"exponent": 1.98, "exponent_low": 1.9, "exponent_high": 2.0, "off": 0.03}
    held = page.page(with_case(quick, case))
    bent = page.page(with_case(quick, case | {"off": 0.31}))
    assert "| 1.98 (1.90 to 2.00) |" in held
    assert "| none: 31% off |" in bent
    assert "| 1.98 (" not in bent  # loads and ratios may be that, too


def with_case(results, changes):
    changed = json.loads(json.dumps(results))
    changed["benchmarks"]["growth"]["axes"][0]["cases"][0].update(changes)
    return changed


def test_a_neighbour_of_the_decoder_that_gives_other_joints_is_refused(module, monkeypatch):
    decode = module("bench_decode")
    honest = decode.loop
    assert len(decode.cases()) == 5

    def a_pixel_off(outputs, joints):
        flat, deep = honest(outputs, joints)
        return flat, deep + 1

    monkeypatch.setattr(decode, "loop", a_pixel_off)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        decode.cases()


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1,234"), (57.126, "57.1"), (0.007194, "0.00719"), (2.0, "2")]
)
def test_a_number_has_three_figures_and_no_power_of_ten(module, value, text):
    assert module("page").number(value) == text


def test_make_bench_runs_them_all(module):
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^bench:.*\n\t\$\(BIN\)/python benchmarks/run.py", makefile, re.MULTILINE)
    modules = set(module("run").BENCHMARKS.values())
    written = {path.stem for path in BENCHMARKS.glob("bench_*.py")}
    assert written == modules | {"bench_memory"}  # a part of bench_executor


def test_an_unknown_benchmark_is_refused_with_those_that_are_known():
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "run.py", "decoed"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no benchmark decoed. Known: imports, convert," in done.stderr


def test_every_place_that_is_broken_on_purpose_stands_there_once(module):
    mutants = module("mutate_package").MUTANTS
    for mutant in mutants:
        text = (ROOT / "poseconvert" / mutant.file).read_text()
        assert mutant.written(text) != text
    assert len(mutants) == 40
