"""The dataset a user names is opened, or the text says how to name it."""

import json

import numpy as np
import pytest
import scipy.io

from poseconvert.datasets.reading import NAMES, open_dataset
from poseconvert.errors import DatasetError


def refusal(name, folder, count=None):
    with pytest.raises(DatasetError) as caught:
        open_dataset(name, folder, count=count)
    text = str(caught.value)
    assert "\n" not in text
    return text


def lsp_folder(folder, people=3):
    joints = np.arange(3 * 14 * people, dtype=float).reshape(3, 14, people)
    joints[2] = 0
    scipy.io.savemat(folder / "joints.mat", {"joints": joints})
    return folder


def test_figures_need_no_folder():
    assert len(open_dataset("synthetic", None, count=None).people) == 500
    assert len(open_dataset("synthetic", None, count=2).people) == 2


def test_the_first_people_are_taken(tmp_path):
    folder = lsp_folder(tmp_path)
    assert len(open_dataset("lsp", folder, count=None).people) == 3
    assert len(open_dataset("lsp", folder, count=9).people) == 3
    found = open_dataset("lsp", folder, count=2)
    assert [person.name for person in found.people] == ["im0001.jpg", "im0002.jpg"]
    assert found.name == "lsp"


@pytest.mark.parametrize("name", ["", "COCO", "h36m"])
def test_unknown_names_are_refused_with_the_choices(name):
    assert "Use one of synthetic, coco, mpii, lsp, lspet." in refusal(name, None)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "synthetic"])
def test_the_others_need_a_folder(tmp_path, name):
    assert "--data DIR" in refusal(name, None)
    assert "no such folder" in refusal(name, tmp_path / "none")
    assert str(tmp_path) in refusal(name, tmp_path)


@pytest.mark.parametrize("count", [0, -1])
def test_no_people_cannot_be_asked_for(tmp_path, count):
    assert "Ask for 1 or more" in refusal("synthetic", None, count)
    assert "Ask for 1 or more" in refusal("lsp", lsp_folder(tmp_path), count)


def test_a_dataset_without_people_is_refused(tmp_path):
    path = tmp_path / "person_keypoints_none.json"
    path.write_text(json.dumps({"images": [], "annotations": []}))
    assert "no people to evaluate on (nobody has annotated joints)" in refusal("coco", tmp_path)
    scipy.io.savemat(tmp_path / "joints.mat", {"joints": np.zeros((3, 14, 2))})
    assert "(2 people left out: box of no size)" in refusal("lsp", tmp_path)


def test_a_folder_the_system_refuses_is_refused_in_a_line(tmp_path):
    assert "cannot be read" in refusal("coco", tmp_path / ("long" * 100))
