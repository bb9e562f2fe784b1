"""``inspect --plan``: which ops left the Neural Engine, by how much work; a forecast without."""

import json
from pathlib import Path

import pytest

from poseconvert.mil import read_package

SAMPLE = Path(__file__).parents[2] / "ios_harness/samples/a12/load-dual_head-all-0.json"


@pytest.fixture
def plan(tiny_conversion, tmp_path):
    """Writes a plan of the small conversion; ops that ``away`` answers True to run on the CPU."""

    def write(away, **changes):
        ops = [
            {"op": f"ios16.{o.type}", "output": o.outputs[0][0], "cost": 0.01,
             "preferred": "cpu" if away(o) else "neuralEngine",
             "supported": ["cpu"] if away(o) else ["cpu", "neuralEngine"]}
            for o in read_package(tiny_conversion / "model.mlpackage").program.main.block.operations
            if o.type != "const"
        ]  # fmt: skip
        values = json.loads(SAMPLE.read_text())
        values.pop("load")
        path = tmp_path / "plan.json"
        path.write_text(json.dumps({**values, "kind": "plan", "placement": ops, **changes}))
        return path

    return write


def test_what_left_is_told_by_type_with_its_share_and_why(poseconvert, tiny_conversion, plan):
    path = plan(lambda op: op.type == "conv")
    done = poseconvert("inspect", tiny_conversion, "--plan", path)
    assert done.code == 0, done.errors
    assert "plan by the iOS harness (iPhone11,6, iOS 18.0, all, SIMULATED): " in done.out
    assert "left the Neural Engine: 100.0 % of the multiply-accumulates" in done.out
    row = next(line for line in done.out.splitlines() if line.strip().startswith("conv  "))
    assert "cpu" in row
    assert "does not support it" in done.out
    assert "100.0 %" in row


def test_a_plan_from_which_nothing_left_says_so(poseconvert, tiny_conversion, plan):
    done = poseconvert("inspect", tiny_conversion / "model.mlpackage", "--plan", plan(lambda op: 0))
    assert "no op left the Neural Engine" in done.out


def test_without_a_plan_there_is_a_forecast_and_it_is_called_one(poseconvert, tiny_conversion):
    done = poseconvert("inspect", tiny_conversion)
    assert "forecast for" in done.out
    assert "plan by" not in done.out
    assert "its Neural Engine is closed to Core ML" in done.out
    assert "unknown: no source covers them" in done.out
    assert "A forecast says what could run; a plan, what would." in done.out


def test_json_holds_plan_and_forecast_and_is_strict(poseconvert, tiny_conversion, plan):
    path = plan(lambda op: op.type == "cast")
    found = json.loads(poseconvert("inspect", tiny_conversion, "--plan", path, "--json").out)
    assert found["plan"]["source"] == "the iOS harness"
    assert [left["op"] for left in found["plan"]["left"]] == ["cast"]
    assert [family["chips"] for family in found["forecast"]][:2] == ["A11", "A12"]
    assert all(one["source"] for one in found["forecast"][3]["ops"] if one["verdict"] != "unknown")
    without = json.loads(poseconvert("inspect", tiny_conversion, "--json").out)
    assert without["plan"] is None


def test_a_plan_of_another_network_or_for_onnx_is_one_line_and_exit_2(
    poseconvert, tiny_conversion, plan, tmp_path
):
    path = plan(lambda op: op.type == "conv")
    done = poseconvert("inspect", tiny_conversion / "model.onnx", "--plan", path)
    assert (done.code, len(done.errors), done.out) == (2, 1, "")
    assert "is not run by Core ML" in done.errors[0]
    values = json.loads(path.read_text())
    for one in values["placement"]:
        one |= {"output": "of_another", "op": "ios16.linear"}
    path.write_text(json.dumps(values))
    done = poseconvert("inspect", tiny_conversion, "--plan", path)
    assert (done.code, len(done.errors)) == (2, 1)
    assert "a plan of another network" in done.errors[0]
    done = poseconvert("inspect", tiny_conversion, "--plan", tmp_path / "none.json")
    assert (done.code, len(done.errors)) == (2, 1)


def test_a_control_sequence_in_a_plan_is_not_sent_to_the_terminal(
    poseconvert, tiny_conversion, plan
):
    path = plan(lambda op: op.type == "conv")
    path.write_text(path.read_text().replace("iPhone11,6", "\\u001b[31mred\\u001b[0m"))
    done = poseconvert("inspect", tiny_conversion, "--plan", path)
    assert done.code == 0, done.errors
    assert "\x1b[31m" not in done.out
