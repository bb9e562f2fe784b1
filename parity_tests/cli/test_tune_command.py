"""``poseconvert tune CONVERSION --max-drift 0.5px``."""

import json
import shlex
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from poseconvert.conversion.manifest import read_manifest
from poseconvert.decoding import DecodeSpec
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.convert.convert import ConvertOptions, convert

SIDE = 16
SPEC = DecodeSpec(
    skeleton="numbered_1",
    joints=1,
    grid=(SIDE, SIDE),
    stride=(1.0, 1.0),
    size=(SIDE, SIDE),
    heatmap="heatmap",
    activation="probability",
    refinement="none",
)


def plateau():
    """Pixels of 241 and 255 have logits of 8.5 and 9, whose sigmoids float16 calls both 1."""
    sides = (SIDE, SIDE)
    made = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "head"], ["logits"]),
            helper.make_node("Sigmoid", ["logits"], ["heatmap"]),
        ],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, *sides))],
        [helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, (1, 1, *sides))],
        [numpy_helper.from_array(np.full((1, 3, 1, 1), 9 / 255 / 3, np.float32), "head")],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


@pytest.fixture(scope="module")
def place(once):
    """A folder with MODEL, its conversion all in float16, decode specs and a picture."""
    return once("tune", make)


def make(place):
    onnx.save(plateau(), place / "m.onnx")
    (place / "SPECS.json").write_text(json.dumps([SPEC.to_dict()]))
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[2, 3], pixels[12, 9] = 241, 255
    Image.fromarray(pixels).save(place / "p.png")
    folder = place / "m.poseconvert"
    folder.mkdir()
    options = ConvertOptions(decode=str(place / "SPECS.json"), rescue=False)
    convert(place / "m.onnx", folder, target=folder, options=options, progress=lambda step: None)
    return place


@pytest.fixture
def copied(place, tmp_path):
    return shutil.copytree(place / "m.poseconvert", tmp_path / "m.poseconvert")


def test_the_answer_is_written_whole_and_convert_makes_the_same_package(
    poseconvert, place, tmp_path, monkeypatch
):
    monkeypatch.chdir(place)
    out, again = tmp_path / "tuned.poseconvert", tmp_path / "again.poseconvert"

    finished = poseconvert(
        "tune", "m.poseconvert", "--max-drift", "0.5px", "--image", "p.png", "-o", out, "--json"
    )

    assert finished.code == 0, finished.err
    document = json.loads(finished.out)
    assert document["schema"] == "poseconvert.tune.v1"
    assert document["verdict"] == "held"
    assert document["before"]["cases"][0]["px"] == pytest.approx(np.hypot(10, 6))
    assert document["answer"]["keep_fp32"] == ["heatmap"]
    assert [case["px"] for case in document["answer"]["cases"]] == [0, 0, 0]
    tuned = read_manifest(out)
    assert tuned.keep_fp32 == ("heatmap",)
    assert tuned.verdict == "held"
    assert any("visible joints then move at most 0.5 px" in note for note in tuned.notes)
    assert not open_conversion(out).edited
    assert (out / tuned.model.path).resolve() == (place / "m.onnx").resolve()
    assert {path.name for path in out.iterdir()} == {
        path.name for path in (place / "m.poseconvert").iterdir()
    } | {"parity.json", "report.html"}

    words = shlex.split(document["command"])
    assert words[:3] == ["poseconvert", "convert", "m.onnx"]
    made = poseconvert(*words[1:], "-o", again, "--quiet")
    assert made.code == 0, made.err
    hashes = [{a.name: a.sha256 for a in read_manifest(f).artifacts} for f in (out, again)]
    assert hashes[0] == hashes[1]


def test_the_table_says_what_is_kept_what_it_costs_and_on_what_it_holds(poseconvert, place):
    finished = poseconvert(
        "tune", place / "m.poseconvert", "--max-drift", "20", "--image", place / "p.png"
    )

    text = " ".join(finished.out.split())
    assert finished.code == 0, finished.err
    assert "all in float16" in text
    assert "0.0 % of the multiply-accumulates in float32" in text
    assert "budget of 20 px held with all in float16: at most 12 px" in text
    assert "1 visible joint on 1 input" in text


def test_without_a_visible_joint_the_budget_is_not_established(
    poseconvert, copied, place, tmp_path
):
    Image.new("RGB", (SIDE, SIDE)).save(tmp_path / "black.png")
    record = json.loads((copied / "manifest.json").read_text())
    record["decode"][0]["threshold"] = 0.9  # the sigmoid of 0 is 0.5
    (copied / "manifest.json").write_text(json.dumps(record))

    finished = poseconvert(
        "tune", copied, "--image", tmp_path / "black.png", "-o", tmp_path / "out"
    )

    assert finished.code == 1
    assert "not established: no visible joint on the inputs" in " ".join(finished.out.split())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("drift", ["0", "-1px", "nan", "inf", "1cm", ""])
def test_a_drift_that_is_none_is_refused(drift, poseconvert, place):
    finished = poseconvert("tune", place / "m.poseconvert", f"--max-drift={drift}")

    assert (finished.code, len(finished.errors)) == (2, 1)
    assert "such as 0.5px" in finished.err


def without_decode(folder):
    record = json.loads((folder / "manifest.json").read_text())
    record["decode"] = []
    (folder / "manifest.json").write_text(json.dumps(record))


def without_route(folder):
    record = json.loads((folder / "manifest.json").read_text())
    record["routes"] = []
    (folder / "manifest.json").write_text(json.dumps(record))


def edited(folder):
    with (folder / "model.simplified.onnx").open("ab") as file:
        file.write(b"\0")


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (without_decode, "no decode spec, so no joints. Convert again with --decode"),
        (without_route, "does not say by which route"),
        (edited, "model.simplified.onnx was edited after the conversion"),
        (shutil.rmtree, "no"),
    ],
)
def test_a_conversion_that_cannot_be_tuned_is_one_line(
    damage, text, poseconvert, copied, place, tmp_path
):
    damage(copied)

    finished = poseconvert("tune", copied, "--image", place / "p.png", "-o", tmp_path / "out")

    assert (finished.code, len(finished.errors)) == (2, 1)
    assert text in finished.err
    assert not (tmp_path / "out").exists()


def test_convert_refuses_a_name_that_no_op_goes_by(poseconvert, place, tmp_path):
    finished = poseconvert(
        "convert", place / "m.onnx", "--keep-fp32", "heatmpa", "-o", tmp_path / "out"
    )

    assert (finished.code, len(finished.errors)) == (2, 1)
    assert "cannot keep heatmpa in float32" in finished.err
    assert not (tmp_path / "out").exists()


def test_to_keep_ops_in_a_float32_package_is_refused(poseconvert, place):
    finished = poseconvert(
        "convert", place / "m.onnx", "--precision", "fp32", "--keep-fp32", "heatmap"
    )

    assert finished.code == 2
    assert "Omit one of them" in finished.err


def test_a_folder_of_other_things_is_refused_before_the_search(
    poseconvert, place, tmp_path, monkeypatch
):
    monkeypatch.setattr("poseconvert.pipeline.tune.tune.tune", None)  # it would be a bug to call it
    (tmp_path / "thesis.txt").write_text("x")

    finished = poseconvert("tune", place / "m.poseconvert", "-o", tmp_path)

    assert (finished.code, len(finished.errors)) == (2, 1)
    assert "not a conversion" in finished.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
