"""The routes in every report: which were tried, why each was refused, which one was used."""

import io

import pytest
from rich.console import Console

from poseconvert.conversion.manifest import RouteRecord
from poseconvert.reports.html import to_html
from poseconvert.reports.json import to_json
from poseconvert.reports.table import print_measurement

ROUTES = (
    RouteRecord("onnx2coreml", False, "broken", "heatmap: drift", "heatmap", 0.31, 1e-5),
    RouteRecord("onnxsim", False, "not run", "lacks Det", "", None, None),
    RouteRecord("torch", True, "held", "", "heatmap", 9.1e-8, 1e-5),
)
SENTENCES = (
    "onnx2coreml was refused: output heatmap of its float32 version differs from ONNX by 0.31 of"
    " range (limit 1e-5)",
    "onnxsim was refused: lacks Det",
    "torch was used: its float32 version differs from ONNX by 9.1e-8 of range",
)


def printed(measurement, width):
    console = Console(file=io.StringIO(), width=width)
    print_measurement(measurement, console)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_says_each_route_in_a_sentence(width, measure, made):
    text = printed(measure(made.comparison(), routes=ROUTES), width)

    flat = " ".join(text.split())
    for sentence in SENTENCES:
        assert f"route {sentence}" in flat
    assert max(map(len, text.splitlines())) <= width


def test_a_broken_route_that_is_used_is_said_to_be_used_all_the_same(measure, made):
    only = RouteRecord("onnxsim", True, "broken", "y: NaN", "y", 0.5, 1e-5)

    text = " ".join(printed(measure(made.broken, routes=(only,)), 120).split())

    assert "route onnxsim was used all the same: output y of its float32 version" in text


def test_a_drift_that_is_no_number_gives_the_reason(measure, made):
    only = RouteRecord(
        "onnxsim", True, "broken", "y: 3 of 4 values are NaN or Inf", "y", None, 1e-5
    )

    text = " ".join(printed(measure(made.broken, routes=(only,)), 120).split())

    assert "was used all the same: y: 3 of 4 values are NaN or Inf" in text


def test_a_conversion_without_recorded_routes_prints_none(measure, made):
    assert "route" not in printed(measure(made.comparison()), 120)


def test_the_page_lists_the_routes(measure, made):
    page = to_html(measure(made.comparison(), routes=ROUTES))

    for sentence in SENTENCES:
        assert f"<li>{sentence}</li>" in page
    assert "Routes to Core ML" not in to_html(measure(made.comparison()))


def test_json_has_the_numbers(measure, made):
    routes = to_json(measure(made.comparison(), routes=ROUTES))["routes"]

    assert [r["route"] for r in routes if r["shipped"]] == ["torch"]
    assert routes[0] == {
        "route": "onnx2coreml",
        "shipped": False,
        "parity": "broken",
        "reason": "heatmap: drift",
        "output": "heatmap",
        "drift": 0.31,
        "allowed": 1e-5,
    }
