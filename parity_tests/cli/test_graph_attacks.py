"""ONNX files that ask for years or terabytes: commands say so in one line, and leave nothing."""

import importlib.util
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "graph" / "test_reader_budgets.py"
SPEC = importlib.util.spec_from_file_location("graph_budgets", PLACE)
MADE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(MADE)

ATTACKS = {
    "a leading size of 2**31": MADE.SIZES["leading size of the input"],
    "an Expand to 8.6 GB": MADE.SIZES["Expand of one number"],
    "30 functions that call each other twice": lambda: MADE.laughs(30),
    "13 nested Ifs": lambda: MADE.nested_ifs(13, doubled=True),
    "a Loop without end": lambda: MADE.loop("", condition="c"),
    "an unknown element type": lambda: MADE.weighted(data_type=999),
}


@pytest.mark.parametrize("command", ["inspect", "convert"])
@pytest.mark.parametrize("name", ATTACKS)
def test_what_asks_for_too_much_ends_a_command_at_once(
    poseconvert, tmp_path, monkeypatch, command, name
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.onnx"
    path.write_bytes(ATTACKS[name]().SerializeToString())
    done = poseconvert(command, path)
    assert (done.code, done.out) == (2, "")
    (line,) = done.errors
    assert str(path) in line
    assert len(line) <= 300 + len("poseconvert: ")
    assert "This is a bug" not in line
    assert list(tmp_path.iterdir()) == [path]


def test_an_input_that_makes_too_much_of_a_graph_is_refused(poseconvert, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.onnx"
    path.write_bytes(MADE.growing(1000).SerializeToString())
    done = poseconvert("convert", path, "--input", "x:1,3,64,64")
    assert done.code == 2
    assert "Expand 'y' has the shape [1, 3, 64000, 64000]" in done.err
    assert list(tmp_path.iterdir()) == [path]
