"""Ops in words, JSON and curves: from records made by hand."""

import io
import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from poseconvert.drift import GraphDrift, MovedJoint, OpDrift, OpTolerance, ValueDrift
from poseconvert.pipeline.chain.measurement import Localisation
from poseconvert.reports.drift_curve import drift_curve
from poseconvert.reports.html import to_html
from poseconvert.reports.json import to_json
from poseconvert.reports.ops import first_line, op_rows, op_sentences
from poseconvert.reports.table import print_ops

SCRIPT = "<script>alert('x')</script>"
TOLERANCE = OpTolerance(2e-3, 3e-2, "made up for the test")
MOVED = (
    MovedJoint("lFoot", "3d", "one", 40.0, True, True),
    MovedJoint("rHand", "2d", "one", 0.31, False, True),
    MovedJoint("rHand", "2d", "two", 0.11, False, True),
)


def drift(relative):
    made = ValueDrift()
    made.add(np.array([0.0, 1.0]), np.array([0.0, 1.0 + relative]))
    return made


def op(depth, local=0.0, accumulated=0.0, **changes):
    standard = OpDrift(
        depth, f"conv_{depth}", "conv", f"v{depth}", "fp16", f"v{depth}", "name",
        local=drift(local), accumulated=drift(accumulated),
    )  # fmt: skip
    return replace(standard, **changes)


def graph(*ops, **changes):
    made = GraphDrift("coreml_from_onnx/fp16", "package (fp32)", "package (fp16)", TOLERANCE, ops)
    return replace(made, **changes)


FIRST = op(
    1, 2.1e-3, 1.2e-2, module="blocks.3.pointwise", joints=MOVED, tried=2,
    hazards=("reaches 7e+04, infinite in fp16. Keep the op fp32.",),
)  # fmt: skip
NAN = op(2, accumulated=0.1)
NAN.accumulated.add(np.array([np.nan]), np.array([1.0]))
LOST = OpDrift(3, "lost", "conv", "lost_value")


def printed(*graphs, width=80):
    out = io.StringIO()
    print_ops(Localisation(("one",), graphs), Console(file=out, width=width))
    return out.getvalue()


def test_the_first_op_is_named_with_drift_joints_and_hazard():
    assert first_line(graph(op(0), FIRST, NAN)) == (
        "first op over 0.002 of range alone, 0.03 accumulated: blocks.3.pointwise (conv, fp16):"
        " local 0.0021, accumulated 0.012; op conv_1; moved lFoot (3d) flipped 40.00 px,"
        " rHand (2d) 0.31 px; hazard: reaches 7e+04, infinite in fp16. Keep the op fp32"
    )


def test_a_joint_that_nobody_sees_is_said_to_be_hidden():
    hidden = MovedJoint("rToe", "3d", "one", 50.0, True, False)
    (row,) = op_rows(graph(replace(FIRST, joints=(hidden,))))
    assert row.moved == "rToe (3d, unsure) flipped 50.00 px"


def test_a_healthy_graph_names_none_and_an_empty_one_is_no_pass():
    assert first_line(graph(op(0, 1e-4, 1e-3))).startswith("no op over 0.002 of range alone")
    assert first_line(graph(op(0))) == "every compared value is identical"
    for nothing in (graph(), graph(LOST)):
        assert first_line(nothing) == "no op was compared: nothing is known about any of them"


def test_values_without_a_counterpart_and_nested_ops_are_listed():
    made = graph(op(0, 1e-4), LOST, op(1, matched="value"), nested=(("add_3", "while_1"),))
    text = " ".join(op_sentences(made))
    assert "2 of 3 values matched: 1 by name, 1 by what they hold" in text
    assert "not matched, so not compared: lost_value" in text
    assert "compared only as part of their owners: add_3 in while_1" in text


def test_nan_is_shown_as_such_and_is_over_tolerance():
    (row,) = op_rows(graph(NAN))
    assert (row.accumulated, row.over) == ("NaN or Inf", True)
    assert "NaN or Inf" in first_line(graph(NAN))


def test_a_graph_that_was_not_measured_is_one_line():
    text = printed(graph(reason="model.mlpackage was edited. Convert again."))
    assert "ops not measured: model.mlpackage was edited. Convert again." in text
    assert "tolerance" not in text


@pytest.mark.parametrize("name", ["x" * 300, "module." * 40, "a\tb\x1b[31m"])
def test_the_table_fits_80_columns_and_long_names_are_folded(name):
    ops = [op(n, 1e-3, 1e-2 * n, module=name, joints=MOVED, tried=1) for n in range(30)]
    text = printed(graph(*ops))
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert len(op_rows(graph(*ops))) == 16  # 15 with the largest drift, and the first


def test_json_holds_every_value_and_is_strict(measure, made):
    found = Localisation(("one",), (graph(op(0), FIRST, NAN, LOST),))
    plain = measure(made.comparison())
    record = to_json(replace(plain, ops=found))
    text = json.dumps(record, allow_nan=False)
    (stage,) = json.loads(text)["ops"]
    assert to_json(plain)["ops"] is None
    assert stage["first"] == "v1"
    assert stage["unmatched"] == ["lost_value"]
    assert [value["over"] for value in stage["values"]] == [False, True, True, False]
    assert stage["values"][2]["accumulated"]["relative"] is None
    assert stage["values"][2]["accumulated"]["non_finite"] == 1
    assert stage["values"][3]["accumulated"] is None
    assert stage["values"][1]["joints"][0]["flipped"] is True


def test_the_page_draws_both_curves_escaped_and_without_scripts(measure, made):
    hostile = op(4, 1e-3, 1e-2, module=f"module{SCRIPT}", hazards=(f"hazard{SCRIPT}",))
    found = Localisation(("one",), (graph(op(0, 1e-4, 1e-4), FIRST, NAN, hostile),))
    page = to_html(replace(measure(made.comparison()), ops=found))
    assert not re.search(r"https?:|<link|<script|@import", page)
    assert "module&lt;script&gt;" in page
    drawing = ElementTree.fromstring(re.search(r"<svg.*?</svg>", page, re.DOTALL).group())
    names = [line.get("class") for line in drawing.iter("polyline")]
    assert set(names) == {"local", "accumulated"}
    assert len(list(drawing.iter("circle"))) == 4 + 3
    assert "lost" in {line.get("class") for line in drawing.iter("line")}
    assert "<svg" not in to_html(measure(made.comparison()))


def test_the_curve_is_higher_where_drift_is_larger_and_broken_where_it_is_nan():
    ops = [op(0, 1e-4, 1e-4), op(1, 1e-4, 1e-3), replace(NAN, depth=2), op(3, 1e-4, 1e-2)]
    curve = drift_curve(graph(*ops))
    accumulated, local = curve.lines
    heights = [y for _, y, _ in accumulated.dots]
    assert heights == sorted(heights, reverse=True)
    assert len(accumulated.runs) == 2
    assert len(local.runs) == 1
    assert len(curve.lost) == 1
    assert all(0 <= y <= curve.height for _, y, _ in (*accumulated.dots, *local.dots))
    assert drift_curve(graph(LOST)) is None
