"""``poseconvert diff --recheck``: misuse is one line and exit 2, before anything is read."""

import json
import os
import shutil

import pytest
from PIL import Image

MISUSE = {
    "a tolerance without it": (("--tolerance", "end_to_end.joint_px=1"), "needs --recheck"),
    "with a picture": (("--recheck", "picture.png"), "--recheck runs nothing"),
    "with ops": (("--recheck", "--ops"), "--recheck runs nothing"),
    "with a drawing": (("--recheck", "--png", "x.png"), "--recheck runs nothing"),
    "no number": (("--recheck", "--tolerance", "end_to_end.joint_px=x"), "give STAGE.FIELD=VALUE"),
    "NaN": (("--recheck", "--tolerance", "end_to_end.joint_px=nan"), "give STAGE.FIELD=VALUE"),
    "infinity": (("--recheck", "--tolerance", "end_to_end.joint_px=inf"), "give STAGE.FIELD=VALUE"),
    "below zero": (("--recheck", "--tolerance", "end_to_end.joint_px=-1"), "give STAGE.FIELD="),
    "no such field": (("--recheck", "--tolerance", "end_to_end.px=1"), "give STAGE.FIELD=VALUE"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse_is_one_line(poseconvert, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    arguments, text = MISUSE[name]
    finished = poseconvert("diff", *arguments)
    assert (finished.code, len(finished.errors), finished.out) == (2, 1, "")
    assert text in finished.errors[0]


def test_a_model_is_not_converted_for_it(poseconvert, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model.safetensors").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    finished = poseconvert("diff", "--recheck", "models")
    assert finished.code == 2
    assert "models: is a model, not a conversion" in finished.errors[0]


def test_a_conversion_without_its_record_is_refused_by_name(poseconvert, conversion_copy):
    (conversion_copy / "parity.json").unlink()
    finished = poseconvert("diff", "--recheck", conversion_copy)
    assert finished.code == 2
    assert f"{conversion_copy / 'parity.json'}: cannot be read" in finished.errors[0]


def test_a_record_that_never_ends_is_refused_at_once(poseconvert, conversion_copy):
    (conversion_copy / "parity.json").unlink()
    os.mkfifo(conversion_copy / "parity.json")
    finished = poseconvert("diff", "--recheck", conversion_copy)
    assert (finished.code, len(finished.errors)) == (2, 1)
    assert "parity.json: cannot be read (a FIFO, not a regular file)" in finished.errors[0]


def forge(src, out):
    """Widen what is allowed and say held, as anybody could with a text editor."""
    shutil.copytree(src, out)
    p = json.loads((out / "parity.json").read_text())
    m = json.loads((out / "manifest.json").read_text())
    for c in p["comparisons"]:
        c["tolerance"].update(relative=1e9, psnr_db=None, joint_px=1e9)
        c["parity"], c["reasons"] = "held", []
        for o in c["outputs"]:
            o["reason"] = ""
    for c in m["parity"]:
        c["parity"] = "held"
    (out / "parity.json").write_text(json.dumps(p))
    (out / "manifest.json").write_text(json.dumps(m))
    return out


def test_a_forged_record_is_one_line_and_exit_2(poseconvert, conversion_copy, tmp_path):
    out = forge(conversion_copy, tmp_path / "forged.poseconvert")
    finished = poseconvert("diff", "--recheck", out)
    assert (finished.code, len(finished.errors), finished.out) == (2, 1, "")
    assert "parity.json: was edited (onnx_from_torch has another tolerance" in finished.errors[0]
    finished = poseconvert("ios-bundle", out, "-o", tmp_path / "PoseBenchData")
    assert (finished.code, len(finished.errors)) == (2, 1)
    assert "its parity is not run: " in finished.errors[0]
    assert not (tmp_path / "PoseBenchData").exists()


@pytest.mark.parametrize("name", ["none.poseconvert", "none", "none.v2"])
def test_a_conversion_that_is_named_and_missing_is_never_replaced(
    poseconvert, conversion_copy, tmp_path, monkeypatch, name
):
    Image.new("RGB", (64, 64)).save(tmp_path / "pic.png")
    monkeypatch.chdir(tmp_path)  # where the only other conversion would be taken
    for words in ((name, "pic.png"), ("pic.png", name), ("--recheck", name), (name,)):
        finished = poseconvert("diff", *words)
        assert (finished.code, len(finished.errors), finished.out) == (2, 1, "")
        assert f"{name}: no such conversion" in finished.errors[0]
