"""``poseconvert diff``: edited artifacts, pictures, missing MODEL, and what it draws."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from PIL import Image


def change_one_weight(path, amount):
    model = onnx.load(path)
    weight = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    values = numpy_helper.to_array(weight).copy()
    values.flat[values.size // 2] += amount
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    onnx.save(model, path)


@pytest.fixture
def picture(tmp_path):
    from poseconvert.imaging.patterns import blobs

    path = tmp_path / "person.png"
    Image.fromarray(blobs(90, 120, seed=9)).save(path)
    return path


def test_diff_on_goldens_holds(poseconvert, tiny_conversion):
    finished = poseconvert("diff", tiny_conversion)

    assert finished.code == 0, finished.err
    assert "recorded" in finished.out
    assert "parity held" in finished.out


def test_diff_on_a_picture_runs_pytorch_where_model_is_at_hand(
    poseconvert, tiny_conversion, picture
):
    finished = poseconvert("diff", tiny_conversion, "--image", picture, "--json")

    document = json.loads(finished.out)
    first = document["comparisons"][0]
    assert finished.code == 0, finished.err
    assert first["stage"] == "onnx_from_torch"
    assert first["reference"].startswith("tiny.safetensors on PyTorch")
    assert "recorded" not in first["reference"]
    assert first["inputs"] == ["person"]


def test_without_model_onnx_from_torch_is_judged_on_the_goldens(
    poseconvert, conversion_copy, picture
):
    finished = poseconvert("diff", conversion_copy, "--image", picture, "--json")

    document = json.loads(finished.out)
    rows = document["comparisons"]
    assert finished.code == 0, finished.err
    assert any("MODEL is not at hand" in note for note in document["notes"])
    assert "recorded" in rows[0]["reference"]
    assert rows[0]["inputs"] == [
        "figure-1",
        "figure-2",
        "photo",
        "pattern-blobs",
        "pattern-ramp",
        "pattern-noise",
    ]
    assert rows[1]["stage"] == "simplified_from_onnx"
    assert rows[1]["inputs"] == ["person"]


def test_an_edited_weight_exits_1_and_names_the_stage(poseconvert, conversion_copy):
    change_one_weight(conversion_copy / "model.simplified.onnx", 0.5)

    finished = poseconvert("diff", conversion_copy)

    assert finished.code == 1
    assert "simplified_from_onnx" in finished.out
    assert "model.simplified.onnx was edited" in finished.out
    assert "parity not established" in finished.out


def test_an_edited_weight_that_is_allowed_is_broken_and_names_the_stage(
    poseconvert, conversion_copy
):
    change_one_weight(conversion_copy / "model.simplified.onnx", 0.5)

    finished = poseconvert("diff", conversion_copy, "--allow-edited", "--json")

    rows = {row["stage"]: row for row in json.loads(finished.out)["comparisons"]}
    assert finished.code == 1
    assert rows["simplified_from_onnx"]["parity"] == "broken"
    assert rows["onnx_from_torch"]["parity"] == "held"
    assert rows["end_to_end"]["parity"] == "held"


def test_the_verdict_says_that_edited_files_were_compared(poseconvert, conversion_copy):
    change_one_weight(conversion_copy / "model.simplified.onnx", 0.0)
    with (conversion_copy / "model.simplified.onnx").open("ab") as file:
        file.write(b"\x82\x01\x00")  # an unknown field: other bytes, the same graph

    finished = poseconvert("diff", conversion_copy, "--allow-edited")

    assert "edited after the conversion: model.simplified.onnx" in " ".join(finished.out.split())


def test_png_shows_a_panel_per_artifact_and_picture(
    poseconvert, tiny_conversion, picture, tmp_path
):
    png = tmp_path / "diff.png"

    finished = poseconvert("diff", tiny_conversion, "--image", picture, "--png", png)

    assert finished.code == 0, finished.err
    with Image.open(png) as image:
        assert image.width > 4 * 64
        assert np.asarray(image.convert("RGB")).std() > 10


def test_html_is_one_file_without_network(poseconvert, tiny_conversion, picture, tmp_path):
    html = tmp_path / "diff.html"

    poseconvert("diff", tiny_conversion, "--image", picture, "--html", html)

    text = html.read_text()
    assert "parity held" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "data:image/png;base64," in text


def test_the_same_picture_twice_is_one_input(poseconvert, tiny_conversion, picture):
    finished = poseconvert("diff", tiny_conversion, picture, picture, "--json")

    assert json.loads(finished.out)["comparisons"][0]["inputs"] == ["person"]


def test_pictures_that_cannot_be_read_are_each_reported_and_the_rest_is_compared(
    poseconvert, tiny_conversion, picture, tmp_path
):
    bad = [tmp_path / "cut.png", tmp_path / "text.jpg", tmp_path / "gone.jpg"]
    bad[0].write_bytes(picture.read_bytes()[:200])
    bad[1].write_text("no picture")

    finished = poseconvert("diff", tiny_conversion, bad[0], picture, *bad[1:])

    assert finished.code == 1
    assert len(finished.errors) == 3
    for line, path in zip(finished.errors, bad, strict=True):
        assert line.startswith(f"poseconvert: left out: {path}: ")
    assert "parity held" not in finished.out
    text = " ".join(finished.out.split())
    assert "parity not established: 3 stages on 1 input" in text
    assert "3 of 4 pictures could not be read, and were left out" in text


def test_the_json_lists_what_was_left_out_and_is_not_held(
    poseconvert, tiny_conversion, picture, tmp_path
):
    (tmp_path / "bad.png").write_bytes(b"")
    finished = poseconvert("diff", tiny_conversion, picture, tmp_path / "bad.png", "--json")

    document = json.loads(finished.out)
    assert (finished.code, document["verdict"]) == (1, "not run")
    assert [row["parity"] for row in document["comparisons"]] == ["held"] * 5
    assert document["inputs"] == ["person"]
    (line,) = document["left_out"]
    assert "bad.png: is empty (0 bytes)" in line


def test_pictures_of_which_none_can_be_read_are_bad_input(poseconvert, tiny_conversion, tmp_path):
    for count, text in ((1, "bad0.png: is empty"), (2, "none of 2 pictures can be read. ")):
        bad = [tmp_path / f"bad{n}.png" for n in range(count)]
        for path in bad:
            path.write_bytes(b"")
        finished = poseconvert("diff", tiny_conversion, *bad)
        assert (finished.code, len(finished.errors), finished.out) == (2, 1, "")
        assert text in finished.errors[0]


def test_a_broken_stage_outranks_a_picture_that_was_left_out(
    poseconvert, conversion_copy, picture, tmp_path
):
    change_one_weight(conversion_copy / "model.simplified.onnx", 0.5)
    (tmp_path / "bad.png").write_bytes(b"")
    finished = poseconvert(
        "diff", conversion_copy, picture, tmp_path / "bad.png", "--allow-edited", "--json"
    )
    assert (finished.code, json.loads(finished.out)["verdict"]) == (1, "broken")


def test_a_reader_that_leaves_does_not_change_the_exit_code(tiny_conversion):
    code = "from poseconvert.cli import main; main()"
    command = [sys.executable, "-c", code, "diff", str(tiny_conversion)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()

    assert process.wait(timeout=120) == 0
    assert process.stderr.read() == b""


def test_a_full_standard_output_is_one_line():
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    model = Path(__file__).parents[2] / "reference_models" / "dual_head_mobilenet_v1"
    code = "from poseconvert.cli import main; main()"
    command = [sys.executable, "-c", code, "inspect", str(model / "model.safetensors"), "--json"]
    with full.open("w") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("poseconvert: standard output: No space left on device.")


def test_a_folder_as_html_is_refused(poseconvert, tiny_conversion):
    finished = poseconvert("diff", tiny_conversion, "--html", ".")

    assert finished.code == 2
    assert "is a folder. Name a file in it." in finished.err


def test_an_unwritable_png_is_one_line(poseconvert, tiny_conversion, picture, tmp_path):
    finished = poseconvert("diff", tiny_conversion, "--image", picture, "--png", "/dev/null/x.png")

    assert finished.code == 2
    assert len(finished.errors) == 1
    assert "cannot be written" in finished.errors[0]


def test_without_conversion_the_one_in_the_current_folder_is_used(
    poseconvert, tiny_conversion, monkeypatch
):
    monkeypatch.chdir(tiny_conversion.parent)

    assert poseconvert("diff").code == 0


def test_several_conversions_in_the_current_folder_are_refused(
    poseconvert, tiny_conversion, tmp_path, monkeypatch
):
    for name in ("a", "b"):
        (tmp_path / f"{name}.poseconvert").mkdir()
        (tmp_path / f"{name}.poseconvert" / "manifest.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    finished = poseconvert("diff")

    assert finished.code == 2
    assert "several conversions here (a.poseconvert, b.poseconvert)" in finished.err


def test_another_model_than_the_converted_one_is_refused(
    poseconvert, conversion_copy, picture, tmp_path
):
    other = tmp_path / "other.pt"
    other.write_bytes(b"other")

    finished = poseconvert("diff", conversion_copy, "--image", picture, "--model", other)

    assert finished.code == 2
    assert "is not the model that was converted" in finished.err
