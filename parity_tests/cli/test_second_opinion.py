"""``--second-opinion``: refused where the judge is not installed, said and stored where it is."""

import json

import pytest

from poseconvert.runners import coreai

installed = pytest.mark.skipif(
    not coreai.available(), reason="the extra coreai is not installed: pip install -e '.[coreai]'"
)


@pytest.mark.parametrize("command", ["convert", "diff"])
def test_without_the_judge_nothing_runs(
    poseconvert, tiny_model, tiny_conversion, tmp_path, monkeypatch, command
):
    monkeypatch.setattr(coreai, "available", lambda: False)
    words = {
        "convert": ("convert", tiny_model, "-o", tmp_path / "out"),
        "diff": ("diff", tiny_conversion),
    }

    said = poseconvert(*words[command], "--second-opinion")

    assert said.code == 2
    assert "is not installed. Install it with: pip install 'poseconvert[coreai]'" in said.err
    assert not (tmp_path / "out").exists()


def test_who_did_not_ask_is_told_nothing(poseconvert, tiny_conversion):
    assert json.loads((tiny_conversion / "parity.json").read_text())["opinion"] is None


def test_it_is_for_one_conversion(poseconvert, tiny_conversion):
    pair = (tiny_conversion, tiny_conversion / "model.onnx")

    said = poseconvert("diff", *pair, "--second-opinion")

    assert said.code == 2
    assert "--second-opinion" in said.err


@installed
def test_it_is_said_and_stored_and_decides_nothing(poseconvert, tiny_model, tmp_path):
    said = poseconvert("convert", tiny_model, "-o", tmp_path / "out", "--second-opinion")

    assert said.code == 0, said.err
    text = " ".join(said.out.split())
    assert "agrees with ONNX Runtime and the reference executor" in text
    assert "It is not Core ML" in text
    assert "ODIE" not in said.out + said.err
    assert "second opinion: the Core AI" in (tmp_path / "out" / "report.html").read_text()
    opinion = json.loads((tmp_path / "out" / "parity.json").read_text())["opinion"]
    assert opinion["agreement"] == "all agree"
    assert opinion["from_onnx"] < 1e-5

    again = json.loads(poseconvert("diff", "--recheck", tmp_path / "out", "--json").out)
    assert again["opinion"] == opinion

    now = poseconvert("diff", tmp_path / "out", "--second-opinion", "--json")
    assert json.loads(now.out)["opinion"]["agreement"] == "all agree"
