"""Compute plans of four tools, as their own writers wrote them; and what is refused.

``plans/mlx2coreml.json`` and ``plans/executorch.txt`` were written by mlx2coreml 0.1.1 and by
ExecuTorch's ``coreml_compute_plan.py``, on a stand-in for Core ML that says where the 65 ops of the
bundled network run; decoreml 0.4.0 reads ``plans/analytics.mil`` as it is read here.
"""

import json
import os
from pathlib import Path

import pytest

from poseconvert.errors import PackageError
from poseconvert.mil.analysis import plan_files
from poseconvert.mil.analysis.plan_files import read_plan

PLANS = Path(__file__).parent / "plans"
SAMPLE = Path(__file__).parents[3] / "ios_harness/samples/a12/load-dual_head-all-0.json"


def harness(**changes):
    """A result of kind plan, as the app writes it."""
    values = json.loads(SAMPLE.read_text())
    del values["load"]
    placed = {"op": "ios16.conv", "output": "y", "supported": ["cpu", "neuralEngine"], "cost": 0.5}
    return {
        **values,
        "kind": "plan",
        "plan": {"neuralEngine": 1, "cpu": 1},
        "placement": [
            {**placed, "preferred": "neuralEngine"},
            {**placed, "op": "ios16.topk", "output": "z", "preferred": "cpu", "supported": ["cpu"]},
        ],
        **changes,
    }


@pytest.fixture
def written(tmp_path):
    """Writes a file; text as it is, anything else as JSON."""

    def write(content):
        path = tmp_path / "plan"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.mark.parametrize("name", ["mlx2coreml.json", "executorch.txt", "analytics.mil"])
def test_three_tools_say_the_same_of_one_network(name):
    plan = read_plan(PLANS / name)
    assert plan.totals == {"neural engine": 59, "cpu": 6}
    left = {op: sum(o.count for o in plan.left if o.op == op) for op in ("cast", "conv")}
    assert left == {"cast": 5, "conv": 1}
    assert sum(one.count for one in plan.left) == 6
    assert {one.device for one in plan.left} == {"cpu"}
    assert plan.unnamed == 0


def test_mlx2coreml_counts_constants_as_ops_that_left_and_they_are_no_ops():
    analysis = json.loads((PLANS / "mlx2coreml.json").read_text())["placement_analysis"]
    assert analysis["preferred_device_counts"]["UNKNOWN"] == 278
    assert "const" not in {one.op for one in read_plan(PLANS / "mlx2coreml.json").ops}


def test_an_analysis_alone_is_read_as_in_its_report(written):
    report = json.loads((PLANS / "mlx2coreml.json").read_text())
    alone = read_plan(written(report["placement_analysis"]))
    assert alone == read_plan(PLANS / "mlx2coreml.json")


def test_analytics_say_why_a_backend_refused():
    (why,) = {one.why for one in read_plan(PLANS / "analytics.mil").left if one.op == "cast"}
    assert why == 'Cannot support casts of the form "fp32 -> fp16"; fall back'


def test_the_harness_says_which_op_and_whether_it_is_supported(written):
    plan = read_plan(written(harness()))
    assert (plan.source, plan.asked) == (
        "the iOS harness", "iPhone11,6, iOS 18.0, all, SIMULATED"
    )  # fmt: skip
    (left,) = plan.left
    assert (left.op, left.output, left.device) == ("topk", "z", "cpu")
    assert left.why == "the Neural Engine does not support it"


def test_counts_alone_say_how_many_left_and_not_which(written):
    values = harness(plan={"neuralEngine": 7, "gpu": 2, "other": 1})
    del values["placement"]
    plan = read_plan(written(values))
    assert plan.totals == {"neural engine": 7, "gpu": 2, "not the neural engine": 1}
    assert (plan.left, plan.unnamed) == ((), 3)


REFUSED = {
    "another kind of result": (harness(kind="load"), "a result of kind 'load', kind plan is"),
    "an op of no device": (
        harness(placement=[{"op": "x", "output": "", "preferred": "tpu", "supported": []}]),
        "'tpu' is missing",
    ),
    "ops that are no list": (harness(placement=3), "malformed compute plan"),
    "no op at all": (harness(placement=[], plan={}), "without a single op"),
    "a negative count": (harness(placement=[], plan={"cpu": -1}), "-1 is not a count"),
    "a report without placement": (
        {"schema_version": "mlx2coreml.run_report.v1", "placement_analysis": None,
         "placement_error": "macOS 14.4 is needed"},
        "placement was not analysed: macOS 14.4 is needed",
    ),
    "JSON of another kind": ({"a": 1}, "no compute plan. Give a plan-*.json of the iOS harness"),
    "broken JSON": ("{", "malformed compute plan"),
    "text of another kind": ("hello", "no compute plan"),
    "an empty file": ("", "no compute plan"),
    "two models in one report": (
        (PLANS / "executorch.txt").read_text() * 2, "a report of 2 models, give one of them alone"
    ),
    "nested without end": ("{" + '"a":[' * 5000, "malformed compute plan"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_plan_is_refused_in_one_line(written, case):
    content, words = REFUSED[case]
    path = written(content)
    with pytest.raises(PackageError) as caught:
        read_plan(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_neither_a_pipe_nor_a_file_without_end_is_read(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PackageError, match="a FIFO"):
        read_plan(tmp_path / "pipe")
    monkeypatch.setattr(plan_files, "MAX_BYTES", 100)
    with pytest.raises(PackageError, match="larger than 100 bytes"):
        read_plan(PLANS / "analytics.mil")


def test_quotes_and_brackets_without_end_take_no_time(written):
    for text in ('"' * 200_000, 'x = y(SelectedBackend = string("ane"' * 5_000, "{{" * 200_000):
        with pytest.raises(PackageError):
            read_plan(written(text))
