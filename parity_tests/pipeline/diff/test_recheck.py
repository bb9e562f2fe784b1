"""New tolerances for a recorded measurement: nothing runs, and nothing gets better by itself."""

import json
import shutil
import subprocess
import sys

import pytest

from poseconvert.conversion.ours import remember
from poseconvert.drift import Parity, Run, Tolerance, not_run, rejudged
from poseconvert.errors import ConversionError
from poseconvert.pipeline.diff.recheck import NewLimit, recheck


@pytest.fixture(scope="module")
def measured(tiny_conversion, tmp_path_factory):
    """A conversion with the parity.json of its goldens, as the command line writes it."""
    from poseconvert.pipeline.chain.conversion import open_conversion
    from poseconvert.pipeline.diff.diff import measure
    from poseconvert.reports.json import write_json

    folder = tmp_path_factory.mktemp("measured") / "tiny.poseconvert"
    shutil.copytree(tiny_conversion, folder)
    measurement = measure(
        open_conversion(folder), pictures=(), model=None, progress=lambda step: None
    )
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
    skipped = not_run(
        "s", candidate=Run("c"), tolerance=Tolerance(1e-9, None, 0, ""), reason="no Mac"
    )
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


def plain(values):
    """Find the package that ran without rounding results."""
    rows = [one for one in values["comparisons"] if one["stage"] == "coreml_from_onnx"]
    return next(one for one in rows if one["candidate_run"]["precision"] == "fp32")


DRIFT = ("comparisons", 0, "outputs", 0, "drift")
PART = (*DRIFT[:-1], "parts", 0)
EDITS = {
    "a newer schema": (set_at("schema", value="poseconvert.parity.v2"), "schema 'poseconvert."),
    "a stage less": (lambda v: v["comparisons"].pop(0), "does not belong to the manifest"),
    "no stage": (set_at("comparisons", value=[]), "does not belong to the manifest"),
    "another artifact": (
        set_at("artifacts", 0, "sha256", value="0" * 64),
        "does not belong to the manifest",
    ),
    "a drift that breaks": (set_at(*PART, "relative", value=0.5), "was edited (onnx_from_torch"),
    "another drift over all": (
        set_at(*DRIFT, "max_abs", value=0.5),
        "was edited (onnx_from_torch says another largest drift of heatmap2d than of its parts)",
    ),
    "no parts": (set_at(*PART[:-1], value=[]), "was edited (onnx_from_torch says another"),
    "null where a number passed": (set_at(*PART, "relative", value=None), "was edited"),
    "values that are not finite": (set_at(*DRIFT, "non_finite", value=3), "was edited"),
    "a negative drift": (set_at(*DRIFT, "relative", value=-1.0), "malformed ("),
    "a drift of nothing": (set_at(*DRIFT, "elements", value=0), "malformed ("),
    "a drift that is text": (set_at(*DRIFT, "max_abs", value="0"), "malformed ("),
    "a drift that is true": (set_at(*DRIFT, "max_abs", value=True), "malformed ("),
    "a huge number": (set_at(*DRIFT, "max_abs", value=10**400), "malformed ("),
    "an unknown parity": (set_at("comparisons", 0, "parity", value="fine"), "malformed"),
    "no inputs": (set_at("inputs", value=None), "malformed ("),
    "a joint nowhere": (set_at("comparisons", 0, "joints", 0, "band", value="x"), "malformed"),
    "no drift and no reason": (set_at(*DRIFT, value=None), "malformed ("),
    "comparisons that are a number": (set_at("comparisons", value=3), "malformed ("),
    "a field that nobody declared": (set_at("surprise", value=1), "surprise is unknown"),
    "a wider tolerance": (
        set_at("comparisons", 0, "tolerance", "relative", value=1e9),
        "was edited (onnx_from_torch has another tolerance than in manifest.json)",
    ),
    "an output less": (
        lambda v: v["comparisons"][2]["outputs"].pop(1),
        "was edited (coreml_from_onnx lacks offset2d)",
    ),
    "an output less of what float16 weights leave": (
        lambda v: plain(v)["beyond"].pop(),
        "was edited (coreml_from_onnx does not say of every output what float16 weights leave)",
    ),
    "what float16 weights leave is wide": (
        lambda v: [part.update(db=1.0) for part in plain(v)["beyond"][0]["parts"]],
        "was edited (coreml_from_onnx is held in it, by its own numbers broken)",
    ),
    "a joint less": (
        lambda v: v["comparisons"][2]["joints"].pop(0),
        "was edited (coreml_from_onnx lacks 2d ",
    ),
    "an input less": (
        lambda v: v["comparisons"][1]["inputs"].pop(0),
        "was edited (simplified_from_onnx was not judged on every input)",
    ),
    "another reference": (
        set_at(
            "comparisons",
            1,
            "reference_run",
            value={
                "artifact": "model.simplified.onnx",
                "runner": "",
                "precision": "",
                "size": "",
                "recorded": False,
            },
        ),
        "was edited (simplified_from_onnx shows model.onnx on",
    ),
    "another reference, by name too": (
        lambda values: values["comparisons"][1].update(
            reference="x.onnx",
            reference_run={
                "artifact": "x.onnx",
                "runner": "",
                "precision": "",
                "size": "",
                "recorded": False,
            },
        ),
        "was edited (simplified_from_onnx was not judged by model.onnx)",
    ),
    "no reference": (
        lambda values: values["comparisons"][1].update(reference="", reference_run=None),
        "was edited (simplified_from_onnx was not judged by model.onnx)",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_record_is_refused_in_one_line_that_names_it(folder, name):
    change, text = EDITS[name]
    changed(folder, change)
    refused = refusal(folder)
    assert text in refused
    assert refused.startswith(f"{folder / 'parity.json'}: ")


def broken(folder):
    """Let the recorded numbers, and all that follows from them, be those of a broken stage."""
    record = json.loads((folder / "parity.json").read_text())
    manifest = json.loads((folder / "manifest.json").read_text())
    for row, one in zip(manifest["parity"], record["comparisons"], strict=True):
        if one["stage"] == "coreml_from_onnx":
            one["outputs"][0]["parts"][0] |= {"db": 20.0, "rounding": 0.0}
            row["parity"] = "broken"
            one["parity"], one["reasons"] = "broken", ["heatmap2d: PSNR 20.0 dB"]
    record["verdict"] = manifest["verdict"] = "broken"
    (folder / "parity.json").write_text(json.dumps(record))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def forged(folder, *, stated=False):
    """Widen every tolerance of the record, of the manifest too where it is ``stated``."""
    record = json.loads((folder / "parity.json").read_text())
    manifest = json.loads((folder / "manifest.json").read_text())
    wide = {"relative": 1e9, "psnr_db": None, "joint_px": 1e9}
    for one in record["comparisons"]:
        one["tolerance"].update(wide)
        one["parity"], one["reasons"] = "held", []
        for output in one["outputs"]:
            output["reason"] = ""
    for row in manifest["parity"]:
        row["parity"] = "held"
    for tolerance in manifest["tolerances"].values() if stated else ():
        tolerance.update(wide)
    record["verdict"] = manifest["verdict"] = "held"
    (folder / "parity.json").write_text(json.dumps(record))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_a_record_says_itself_what_broke(folder):
    broken(folder)
    remember(folder)
    assert recheck(folder, ()).parity is Parity.BROKEN


def test_a_stranger_s_record_is_not_judged_by_its_own_numbers(folder):
    """Nothing of it is wrong; nothing but itself says that it is right."""
    (folder / "manifest.json").write_text((folder / "manifest.json").read_text() + "\n")
    assert "was not made here, so nothing proves its parity.json" in refusal(folder)


def test_a_record_does_not_say_what_is_allowed(folder):
    assert "has another tolerance than in manifest.json" in refusal(forged(broken(folder)))


def test_nor_does_the_manifest_where_this_version_allows_less(folder):
    text = refusal(forged(broken(folder), stated=True))
    assert "has another tolerance in manifest.json than in this version's table" in text


@pytest.mark.parametrize("stage", ["onnx_from_torch", "coreml_from_onnx", "end_to_end"])
def test_a_stage_that_is_said_nothing_of_is_missed_in_both_files(folder, stage):
    for name, rows in (("parity.json", "comparisons"), ("manifest.json", "parity")):
        values = json.loads((folder / name).read_text())
        values[rows] = [row for row in values[rows] if row["stage"] != stage]
        (folder / name).write_text(json.dumps(values))
    assert f"at {stage}" in refusal(folder)


def test_a_runner_that_is_said_nothing_of_is_missed_in_both_files(folder):
    for name, rows in (("parity.json", "comparisons"), ("manifest.json", "parity")):
        values = json.loads((folder / name).read_text())
        last = next(row for row in values[rows] if "executor (fp16)" in row["candidate"])
        values[rows].remove(last)
        (folder / name).write_text(json.dumps(values))
    assert "on reference executor (fp16)" in refusal(folder)


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
    assert "rounding" in done.stdout
    assert "parity BROKEN: end to end broken" in done.stdout


def test_the_json_of_a_recheck_is_that_of_the_measurement(folder, measured):
    from poseconvert.reports.json import to_json

    again = to_json(recheck(folder, ()))
    recorded = json.loads((folder / "parity.json").read_text())
    assert recorded["notes"] == again.pop("notes")[:-1]
    del recorded["notes"]
    assert again == recorded
