"""Goldens whose parts do not agree are refused where they are made, before a file is written."""

import json
from dataclasses import replace

import numpy as np
import pytest

from poseconvert.conversion.golden import Goldens, read_goldens, write_goldens
from poseconvert.drift import Floor
from poseconvert.errors import ConversionError, UsageError

PICTURES = np.random.default_rng(0).integers(0, 256, (2, 6, 5, 3), np.uint8)
MAPS = np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 3, 2, 2)
SOUND = Goldens("phone", ("a", "b"), (PICTURES,), {"heatmap": MAPS}, {"heatmap": Floor(1e-7)})

WRONG = {
    "an array for inputs": ({"inputs": PICTURES}, "inputs are one array (2, 6, 5, 3). Give a tup"),
    "no input": ({"inputs": ()}, "there are no inputs"),
    "a list for an input": ({"inputs": ([[1.0], [2.0]],)}, "input 1 is a list"),
    "a row less": ({"inputs": (PICTURES[:1],)}, "input 1 is (1, 6, 5, 3), names are 2"),
    "the second input": ({"inputs": (PICTURES, MAPS[:1])}, "input 2 is (1, 3, 2, 2), names are 2"),
    "a picture without rows": ({"inputs": (PICTURES[0],)}, "input 1 is (6, 5, 3), names are 2"),
    "four channels": ({"inputs": (np.zeros((2, 6, 5, 4), np.uint8),)}, "Give pictures as (N, H,"),
    "a double input": ({"inputs": (MAPS.astype(float),)}, "input 1 is float64. Give uint8 or fl"),
    "a double": ({"outputs": {"heatmap": MAPS.astype(float)}}, "is float64. Give float32"),
    "bytes": ({"outputs": {"heatmap": PICTURES}}, "output 'heatmap' is uint8. Give float32"),
    "no output": ({"outputs": {}}, "there are no outputs"),
    "an empty output": ({"outputs": {"heatmap": MAPS[:, :0]}}, "is (2, 0, 2, 2), names are 2"),
    "an output less": ({"outputs": {"heatmap": MAPS[:1]}}, "is (1, 3, 2, 2), names are 2"),
    "one name": ({"names": "ab"}, "names 'ab' are not a tuple"),
    "no name": ({"names": ()}, "names () are not a tuple"),
    "a name twice": ({"names": ("a", "a")}, "two cases have one name"),
    "an origin less": ({"origins": ("people",)}, "1 origins of 2 cases"),
    "another floor": ({"floor": {"offset": Floor(0.0)}}, "noise floor and outputs differ in 'he"),
    "joints in a row": ({"joints": {"2d": np.zeros((2, 34))}}, "'2d' are (2, 34). Give (2, J, 2"),
    "joints of one case": ({"joints": {"2d": np.zeros((1, 17, 2))}}, "'2d' are (1, 17, 2). Give"),
}


@pytest.mark.parametrize("name", WRONG)
def test_parts_that_do_not_agree_are_refused_in_one_line(name):
    change, words = WRONG[name]
    with pytest.raises(UsageError) as caught:
        replace(SOUND, **change)
    text = str(caught.value)
    assert text.startswith("goldens: ")
    assert words in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "change",
    [
        {"floor": {}},
        {"joints": {"2d": np.full((2, 17, 2), np.nan)}},
        {"inputs": (PICTURES, MAPS)},
        {"outputs": {"heatmap": np.array([1, 2], np.float32)}},
    ],
)
def test_what_agrees_is_written_and_read_back(change, tmp_path):
    goldens = replace(SOUND, **change)
    write_goldens(tmp_path, goldens)
    found = read_goldens(tmp_path)
    assert found.names == goldens.names
    for stored, values in zip(found.inputs, goldens.inputs, strict=True):
        np.testing.assert_array_equal(stored, values)
    np.testing.assert_array_equal(found.outputs["heatmap"], goldens.outputs["heatmap"])


def test_files_that_do_not_agree_are_refused_where_they_are_read(tmp_path):
    write_goldens(tmp_path, SOUND)
    path = tmp_path / "golden" / "golden.json"
    values = json.loads(path.read_text())
    values["cases"][1]["name"] = values["cases"][0]["name"]
    path.write_text(json.dumps(values))
    with pytest.raises(ConversionError, match=r"malformed goldens .*two cases have one name"):
        read_goldens(tmp_path)
