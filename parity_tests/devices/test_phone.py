"""One phone of any kind: an A12, an A11 and one that nobody knows."""

import json

import pytest

from poseconvert.conversion.sha256 import digest
from poseconvert.devices.compare import compare_phones
from poseconvert.devices.phone import describe_phone
from poseconvert.devices.run import read_run
from poseconvert.errors import DeviceError
from poseconvert.mil import read_package
from poseconvert.reports.phone import phone_report_html, phone_report_json, verdict


@pytest.fixture
def unknown(real, edit):
    """Results of a phone whose chip is in no table."""

    def become(values):
        values["device"].update(machine="iPhone17,1", soc="unknown", os="27.1")

    for path in (real / "a12").glob("*.json"):
        edit(path, become)
    return real / "a12"


@pytest.fixture
def planned(unknown, edit, conversion_copy):
    """The same with where ops run, and the conversion that ran: ``change`` says what left."""
    package = conversion_copy / "model.mlpackage"
    ops = [
        {"op": f"ios16.{o.type}", "output": o.outputs[0][0], "supported": ["cpu", "neuralEngine"],
         "preferred": "cpu" if o.type == "conv" else "neuralEngine"}
        for o in read_package(package).program.main.block.operations
        if o.type != "const"
    ]  # fmt: skip
    for path in unknown.glob("*.json"):
        edit(path, lambda values: values["model"].update(sha256=digest(package)))
    plan = json.loads((unknown / "load-dual_head-all-0.json").read_text())
    del plan["load"]
    plan |= {"kind": "plan", "placement": ops, "plan": {"cpu": 1, "neuralEngine": 1}}
    (unknown / "plan-dual_head-all-0.json").write_text(json.dumps(plan))
    return unknown, conversion_copy


def test_an_a12_is_shown_with_what_its_neural_engine_added(real):
    found = describe_phone(read_run(real / "a12"))
    (effect,) = found.effects
    assert (effect.name, effect.over, effect.under) == ("Neural Engine", "all", "cpuAndGPU")
    assert effect.pipeline.value == pytest.approx(40 / 24, rel=0.01)
    assert (found.problems, found.notes) == ((), ())
    assert verdict(found).startswith("held")
    assert found.loads["dual_head", "all"]["first_load_s"] == 2.4


def test_an_a11_has_no_neural_engine_to_show(real):
    found = describe_phone(read_run(real / "a11"))
    assert found.effects == ()
    assert found.problems == ()


def test_a_phone_of_an_unknown_chip_is_shown_by_its_identifier(unknown):
    run = read_run(unknown)
    assert run.title == "iPhone17,1 (chip unknown, iOS 27.1)"
    found = describe_phone(run)
    assert found.effects[0].name == "Neural Engine, if it was used"
    assert found.problems == ()
    assert "iPhone17,1 (chip unknown, iOS 27.1)" in phone_report_html(found)


def test_comparing_it_with_an_a11_is_refused_and_show_is_named(unknown, real):
    with pytest.raises(DeviceError) as caught:
        compare_phones(read_run(unknown), read_run(real / "a11"))
    text = str(caught.value)
    assert "from iPhone17,1 (chip unknown), an A12 is expected here" in text
    assert f"for one phone of any kind: poseconvert bench show {unknown}" in text


def test_a_unit_that_broke_is_the_reason_and_gets_no_fps(real, edit):
    def break_it(values):
        values["parity"] |= {"pass": False, "reasons": ["Nose on ramp: visible joint flipped"]}

    edit(real / "a12" / "parity-dual_head-all-0.json", break_it)
    found = describe_phone(read_run(real / "a12"))
    assert found.problems == (
        "dual_head on all: parity broken (Nose on ramp: visible joint flipped), so it gets no fps",
    )
    assert verdict(found) == "parity broken: 1 reason"
    assert found.rows[0].model_fps is None
    assert found.effects[0].pipeline is None


def test_parity_that_did_not_run_is_not_held(real, edit):
    failed = {"status": "invalid", "reasons": ["prediction_failed"], "detail": "no memory"}

    def fail(values):
        del values["parity"]
        values["validity"] = failed

    edit(real / "a12" / "parity-dual_head-cpuAndGPU-0.json", fail)
    found = describe_phone(read_run(real / "a12"))
    assert verdict(found) == "parity not run: 1 reason"


@pytest.mark.parametrize("reason", ["aborted", "power_changed", "thermal_critical"])
def test_a_run_that_was_spoilt_is_named_with_its_reason(real, edit, reason):
    edit(
        real / "a12" / "latency-dual_head-all-1.json",
        lambda v: v.update(validity={"status": "invalid", "reasons": [reason]}),
    )
    found = describe_phone(read_run(real / "a12"))
    assert found.problems == (f"latency of dual_head on all, run 2: does not count ({reason})",)
    assert verdict(found) == "parity held, but not all of it counts: 1 reason"


def test_a_quick_run_has_no_interval_and_no_long_run_and_says_so(unknown):
    for path in unknown.glob("*.json"):
        if path.name.startswith("sustained") or path.stem.endswith(("-1", "-2")):
            path.unlink()
    found = describe_phone(read_run(unknown))
    assert found.problems == ()
    assert found.notes == (
        "fewer than 3 runs: the rates have no interval",
        "no sustained run: what the phone does when it is warm is not known",
    )
    assert "No sustained run counts." in phone_report_html(found)
    assert found.rows[0].pipeline_fps.low is None


def test_with_the_conversion_it_says_how_much_work_left_and_what_was_forecast(planned):
    folder, conversion = planned
    found = describe_phone(read_run(folder), [conversion])
    (plan,) = found.plans
    assert [(one.op, one.least, one.most) for one in plan.left] == [("conv", 1, 1)]
    assert len(found.forecasts["dual_head"]) == 8
    page = phone_report_html(found)
    assert "left the Neural Engine: 100.0 % of the multiply-accumulates" in page
    assert "forecast for" in page
    assert "A11" in page


def test_of_a_known_chip_its_own_forecast_is_shown(planned, edit):
    folder, conversion = planned
    for path in folder.glob("*.json"):
        edit(path, lambda v: v["device"].update(machine="iPhone11,6", soc="A12"))
    found = describe_phone(read_run(folder), [conversion])
    assert [one.chips for one in found.forecasts["dual_head"]] == ["A12"]


def test_without_the_conversion_a_plan_has_no_shares_and_there_is_no_forecast(planned):
    folder, _ = planned
    found = describe_phone(read_run(folder))
    assert (found.plans[0].left, found.forecasts) == ((), {})
    assert found.plans[0].plan.totals["cpu"] > 0


def test_a_conversion_that_did_not_run_is_refused(unknown, conversion_copy):
    with pytest.raises(DeviceError, match="none of the packages that ran on this phone"):
        describe_phone(read_run(unknown), [conversion_copy])


def test_a_plan_of_a_unit_that_apple_adds_later_is_one_line(planned, edit):
    folder, _ = planned

    def older(values):
        del values["placement"]
        values["plan"] = {"quantumEngine": 3}

    edit(folder / "plan-dual_head-all-0.json", older)
    with pytest.raises(DeviceError, match=r"plan-dual_head-all-0\.json: a plan of a unit that"):
        describe_phone(read_run(folder))


def test_whatever_is_simulated_says_so(samples):
    found = describe_phone(read_run(samples / "a12"))
    assert found.problems == ("simulated: a script made these numbers, no phone did",)
    assert "SIMULATED: no phone gave these numbers" in phone_report_html(found)
    assert phone_report_json(found)["simulated"] is True


def test_names_from_files_are_escaped(unknown, edit):
    for path in unknown.glob("*.json"):
        edit(path, lambda v: v["model"].update(name="<script>alert(1)</script>"))
    page = phone_report_html(describe_phone(read_run(unknown)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
