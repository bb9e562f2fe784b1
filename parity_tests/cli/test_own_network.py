"""What somebody with a class and a state dict does: convert, diff, and read the last line."""

import shutil
import sys

import pytest
import torch

CODE = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.heat = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 5, 1)

    def forward(self, x):
        return {"heat": self.heat(torch.relu(self.first(x)))}


def build():
    return Net()
"""
OPTIONS = "--module", "own_project:build", "--weights", "own.pt", "--input", "image:1,3,32,48"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "own_project.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    from own_project import build

    torch.manual_seed(0)
    torch.save(build().state_dict(), "own.pt")
    yield tmp_path
    sys.modules.pop("own_project")


def test_a_state_dict_and_its_code_become_a_package_that_needs_neither(project, poseconvert):
    done = poseconvert("convert", *OPTIONS, "--normalize", "imagenet", "--decode", "heatmap")
    assert done.code == 0, done.err
    last = done.out.splitlines()[-1]
    assert last.startswith('the package takes image "image", RGB 0-255, 48 wide and 32 high, and')
    assert "x * (0.0171248, 0.017507, 0.0174292) + (-2.1179, -2.03571, -1.80444)" in last
    assert "Net with the weights of own.pt was exported as network.pt2" in " ".join(
        done.out.split()
    )
    assert "input range" not in done.out

    # Moved elsewhere, without the code and the weights, PyTorch is still the reference.
    moved = project / "elsewhere" / "own.poseconvert"
    moved.parent.mkdir()
    shutil.move(project / "own.poseconvert", moved)
    (project / "own_project.py").unlink()
    again = poseconvert("diff", moved, "--image", "photo")
    assert again.code == 0, again.err
    assert "PyTorch" in again.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("own.pt", *OPTIONS), "--module and MODEL (own.pt): give one of them"),
        (OPTIONS[2:], "--weights own.pt: go into the network of --module"),
        ((*OPTIONS, "--size", "64"), "size and arch are for a state dict of a known family"),
        ((*OPTIONS, "--mean", "0.5,0.5"), "give one number or three"),
        ((*OPTIONS, "--normalize", "0-1", "--scale", "1/255"), "say the input range in one way"),
        (("own.pt",), "Give the code with --module and this file with --weights, or a .pt2: torch"),
    ],
)
def test_what_contradicts_itself_is_refused_in_one_line(project, poseconvert, arguments, said):
    done = poseconvert("convert", *arguments)
    assert done.code == 2
    assert said in done.err
    assert not (project / "own.poseconvert").exists()
