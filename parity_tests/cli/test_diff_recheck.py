"""``poseconvert diff --recheck``: misuse is one line and exit 2, before anything is read."""

import pytest

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
    finished = poseconvert("diff", "--recheck", conversion_copy)
    assert finished.code == 2
    assert f"{conversion_copy / 'parity.json'}: cannot be read" in finished.errors[0]
