"""New tolerances for a recorded measurement: nothing runs, and nothing gets better by itself."""

import json
import shutil
import subprocess
import sys

import pytest

from poseconvert.drift import Parity, Tolerance, not_run, rejudged
from poseconvert.errors import ConversionError
from poseconvert.pipeline.recheck import NewLimit, recheck


@pytest.fixture(scope="module")
def measured(tiny_conversion, tmp_path_factory):
    """A conversion with the parity.json of its goldens, as the command line writes it."""
    from poseconvert.pipeline.diff import measure
    from poseconvert.pipeline.reopened import reopen
    from poseconvert.reports.json import write_json

    folder = tmp_path_factory.mktemp("measured") / "tiny.poseconvert"
    shutil.copytree(tiny_conversion, folder)
    measurement = measure(reopen(folder), pictures=(), model=None, progress=lambda step: None)
    write_json(measurement, folder / "parity.json")
    return folder, measurement


@pytest.fixture
def folder(measured, tmp_path):
    return shutil.copytree(measured[0], tmp_path / "tiny.poseconvert")


def changed(folder, change):
    path = folder / "parity.json"
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def parities(measurement):
    return [(c.stage, c.parity) for c in measurement.result.comparisons]


def refusal(folder, *limits):
    with pytest.raises(ConversionError) as caught:
        recheck(folder, limits)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_without_new_tolerances_everything_comes_back(folder, measured):
    found = recheck(folder, ())
    # By their text, for NaN is not equal to itself.
    assert repr(found.result.comparisons) == repr(measured[1].result.comparisons)
    assert found.inputs.names == measured[1].inputs.names
    assert found.parity is measured[1].parity is Parity.HELD


def test_a_tighter_tolerance_breaks_its_own_stage_only_and_says_what_would_pass(folder):
    stage = "coreml_from_onnx"
    found = recheck(folder, [NewLimit(stage, "psnr_db", 500.0)])
    assert found.parity is Parity.BROKEN
    assert {s for s, parity in parities(found) if parity is Parity.BROKEN} == {stage}
    broken = next(c for c in found.result.comparisons if c.parity is Parity.BROKEN)
    assert "at least 500 dB wanted" in broken.reasons[0]
    passing = min(o.would_pass["psnr_db"] for o in broken.outputs if o.would_pass)
    assert recheck(folder, [NewLimit(stage, "psnr_db", passing)]).parity is Parity.HELD


def test_a_wider_tolerance_holds_what_was_broken(folder):
    tight = [NewLimit("end_to_end", "joint_px", 0.0)]
    assert recheck(folder, tight).parity is Parity.BROKEN
    assert recheck(folder, [*tight, NewLimit("end_to_end", "joint_px", 1.0)]).parity is Parity.HELD


def test_no_tolerance_makes_a_stage_that_did_not_run_held():
    skipped = not_run("s", candidate="c", tolerance=Tolerance(1e-9, None, 0, ""), reason="no Mac")
    again = rejudged(skipped, Tolerance(1e9, None, 1e9, ""))
    assert (again.parity, again.reasons) == (Parity.NOT_RUN, ("no Mac",))


def test_an_artifact_edited_since_is_not_judged(folder):
    with (folder / "model.simplified.onnx").open("ab") as file:
        file.write(b" ")
    found = recheck(folder, ())
    touched = {"simplified_from_onnx", "coreml_from_onnx"}
    assert {s for s, parity in parities(found) if parity is Parity.NOT_RUN} == touched
    assert found.parity is Parity.NOT_RUN


def test_an_unknown_stage_is_refused(folder):
    text = refusal(folder, NewLimit("coreml", "joint_px", 1.0))
    assert "no stage 'coreml'. Use onnx_from_torch, simplified_from_onnx" in text


def held(values):
    for comparison in values["comparisons"]:
        comparison["parity"] = "held"


def set_at(*path, value):
    def change(values):
        for key in path[:-1]:
            values = values[key]
        values[path[-1]] = value

    return change


DRIFT = ("comparisons", 0, "outputs", 0, "drift")
EDITS = {
    "a newer schema": (set_at("schema", value="poseconvert.parity.v2"), "schema 'poseconvert."),
    "a stage less": (lambda v: v["comparisons"].pop(0), "does not belong to the manifest"),
    "no stage": (set_at("comparisons", value=[]), "does not belong to the manifest"),
    "another artifact": (
        set_at("artifacts", 0, "sha256", value="0" * 64),
        "does not belong to the manifest",
    ),
    "a drift that breaks": (set_at(*DRIFT, "relative", value=0.5), "was edited (onnx_from_torch"),
    "null where a number passed": (set_at(*DRIFT, "relative", value=None), "was edited"),
    "values that are not finite": (set_at(*DRIFT, "non_finite", value=3), "was edited"),
    "a negative drift": (set_at(*DRIFT, "relative", value=-1.0), "malformed (ValueError"),
    "a drift of nothing": (set_at(*DRIFT, "elements", value=0), "malformed (ValueError"),
    "a drift that is text": (set_at(*DRIFT, "max_abs", value="0"), "malformed (TypeError"),
    "a drift that is true": (set_at(*DRIFT, "max_abs", value=True), "malformed (TypeError"),
    "a huge number": (set_at(*DRIFT, "max_abs", value=10**400), "malformed (OverflowError"),
    "an unknown parity": (set_at("comparisons", 0, "parity", value="fine"), "malformed"),
    "no inputs": (set_at("inputs", value=None), "malformed (TypeError"),
    "a joint nowhere": (set_at("comparisons", 0, "joints", 0, "band", value="x"), "malformed"),
    "no drift and no reason": (set_at(*DRIFT, value=None), "malformed (ValueError"),
    "comparisons that are a number": (set_at("comparisons", value=3), "malformed (TypeError"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_record_is_refused_in_one_line_that_names_it(folder, name):
    change, text = EDITS[name]
    changed(folder, change)
    refused = refusal(folder)
    assert text in refused
    assert refused.startswith(f"{folder / 'parity.json'}: ")


CONTENTS = {
    "NaN": b'{"schema": "poseconvert.parity.v1", "inputs": NaN}',
    "not JSON": b"{",
    "not text": b"\xff\xfe\x00",
    "nested without end": b"[" * 100_000,
    "a list": b"[]",
    "nothing": b"",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_that_is_no_record_is_refused(folder, name):
    (folder / "parity.json").write_bytes(CONTENTS[name])
    assert refusal(folder).startswith(f"{folder / 'parity.json'}: ")


def test_a_missing_or_giant_record_is_refused_before_it_is_read(folder):
    with (folder / "parity.json").open("wb") as file:
        file.truncate(1 << 40)
    assert "larger than" in refusal(folder)
    (folder / "parity.json").unlink()
    assert "cannot be read" in refusal(folder)


CODE = """
import sys
from poseconvert.cli import main
try:
    main()
except SystemExit as left:
    heavy = {"torch", "onnx", "onnxruntime", "coremltools", "onnxsim"} & set(sys.modules)
    print(left.code, sorted(heavy), file=sys.stderr)
"""


def test_the_command_prints_the_table_and_loads_no_runtime(folder):
    limit = "end_to_end.joint_px=0"
    command = [sys.executable, "-c", CODE, "diff", "--recheck", str(folder), "--tolerance", limit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == "1 []\n"
    assert "noise" in done.stdout
    assert "parity BROKEN: end_to_end broken" in done.stdout


def test_the_json_of_a_recheck_is_that_of_the_measurement(folder, measured):
    from poseconvert.reports.json import to_json

    again = to_json(recheck(folder, ()))
    recorded = json.loads((folder / "parity.json").read_text())
    assert recorded["notes"] == again.pop("notes")[:-1]
    del recorded["notes"]
    assert again == recorded
