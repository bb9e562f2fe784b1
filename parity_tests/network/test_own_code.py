"""A network of the user's own code is found, filled and exported, or one line says why not."""

import sys
from pathlib import Path

import pytest
import torch

from poseconvert.errors import ModelError
from poseconvert.network.loading import load_source
from poseconvert.network.own_code import exported, made_by
from poseconvert.network.source import ModelOptions

INPUTS = {"image": (1, 3, 8, 8)}
CODE = """
import collections
import dataclasses
import os
import torch
from torch import nn

print("this goes to standard error")


@dataclasses.dataclass
class Found:
    heat: torch.Tensor
    tags: torch.Tensor
    loss: object = None


Pair = collections.namedtuple("Pair", "heat tags")


class Net(nn.Module):
    how = staticmethod(lambda a, b: (a, b))

    def __init__(self):
        super().__init__()
        self.heat, self.tags = nn.Conv2d(3, 2, 1), nn.Conv2d(3, 4, 1)

    def forward(self, x):
        x = nn.functional.pad(x, (0, 1, 0, 1)).view(1, 3, 9, -1)
        return self.how(self.heat(x), self.tags(x))


class AsDataclass(Net):
    how = Found


class AsNamedTuple(Net):
    how = Pair


class AsDict(Net):
    how = staticmethod(lambda a, b: {"heat": a, "tags": b, "loss": None})


class AsList(Net):
    how = staticmethod(lambda a, b: [a, b])


class Whole(Net):
    how = staticmethod(lambda a, b: a)


class Data(Net):
    def forward(self, x):
        return self.heat(x) if x.sum() > 0 else self.tags(x)


class box:
    inner = Net


net, number = Net(), 3
needs = lambda width: Net()
def empty(): pass
def stops(): raise SystemExit(3)
def broken(): raise ValueError("no GPU here")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "own_net.py").write_text(CODE)
    (folder / "own_half.py").write_text("import a_package_nobody_has\n")
    (folder / "own_bad.py").write_text("1 / 0\n")
    (folder / "own_syntax.py").write_text("def\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", list(sys.path))
        yield folder
    for name in ("own_net", "own_half", "own_bad", "own_syntax"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("Net", ("output_0", "output_1")),
        ("AsDataclass", ("heat", "tags")),
        ("AsNamedTuple", ("heat", "tags")),
        ("AsDict", ("heat", "tags")),
        ("AsList", ("output_0", "output_1")),
        ("Whole", ("output_0",)),
        ("box.inner", ("output_0", "output_1")),
        ("net", ("output_0", "output_1")),
    ],
)
def test_outputs_keep_their_names_and_values(project, tmp_path, capsys, place, names):
    network = made_by(f"own_net:{place}")
    assert capsys.readouterr().out == ""
    weights = {name: value + 0.5 for name, value in network.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "own.pt")
    exported(network, tmp_path / "n.pt2", INPUTS, name="Net", weights=tmp_path / "own.pt")
    source = load_source(tmp_path / "n.pt2", ModelOptions(inputs=INPUTS))
    assert source.output_names == names
    picture = torch.rand(1, 3, 8, 8)
    found = source.module(picture)
    found = found.values() if isinstance(found, dict) else found
    padded = torch.nn.functional.pad(picture, (0, 1, 0, 1))
    for one, layer in zip(found if names[1:] else [found], ("heat", "tags"), strict=False):
        expected = torch.nn.functional.conv2d(
            padded, weights[f"{layer}.weight"], weights[f"{layer}.bias"]
        )
        torch.testing.assert_close(one.reshape(expected.shape), expected)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("own_net", "is not package.module:factory"),
        ("own_net:", "is not package.module:factory"),
        ("own net:Net", "is not package.module:factory"),
        ("own_nat:Net", "no module own_nat is found from"),
        ("own_net.deep:Net", "no module own_net.deep is found from"),
        ("own_net:Nat", "there is no Nat. It has "),
        ("own_net:needs", "needs arguments (width)"),
        ("own_net:number", "is of type int"),
        ("own_net:empty", "gives a NoneType"),
        ("own_net:stops", "calling it fails: SystemExit: 3 (own_net.py, line "),
        ("own_net:broken", "calling it fails: ValueError: no GPU here (own_net.py, line "),
        ("own_half:Net", "it imports a_package_nobody_has, which is not installed"),
        (
            "own_bad:Net",
            "its import fails: ZeroDivisionError: division by zero (own_bad.py, line 1)",
        ),
        ("own_syntax:Net", "its import fails: SyntaxError"),
    ],
)
def test_what_makes_no_network_is_one_line(project, place, said):
    with pytest.raises(ModelError) as refused:
        made_by(place)
    assert f"--module {place}: {said}" in str(refused.value)
    assert "\n" not in str(refused.value)


def partly(network):
    return {name: value for name, value in network.state_dict().items() if "heat" in name}


def not_finite(network):
    return network.state_dict() | {"heat.bias": torch.tensor([0.0, float("nan")])}


@pytest.mark.parametrize(
    ("place", "inputs", "weights", "said"),
    [
        ("Net", {}, None, "Net: does not say its input shape. Give it: --input image:1,3,224,224"),
        (
            "Net",
            {"image": (2, 5)},
            None,
            "Net: does not run on an input of shape (2, 5): ",
        ),
        ("Data", INPUTS, None, "Net: torch.export does not follow it on an input of shape"),
        ("Net", INPUTS, partly, "does not fit Net: 2 missing (tags.weight, tags.bias)"),
        ("Net", INPUTS, not_finite, "heat.bias has 1 NaN or Inf of 2 values"),
        ("Net", INPUTS, lambda network: network, "a pickle is code"),
    ],
)
def test_what_cannot_be_exported_is_one_line(project, tmp_path, place, inputs, weights, said):
    network, path = made_by(f"own_net:{place}"), None
    if weights:
        path = tmp_path / "own.pt"
        torch.save(weights(network), path)
    with pytest.raises(ModelError) as refused:
        exported(network, tmp_path / "n.pt2", inputs, name="Net", weights=path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_network_is_no_weights(project, tmp_path):
    exported(made_by("own_net:Net"), tmp_path / "n.pt2", INPUTS, name="Net")
    with pytest.raises(ModelError, match="not weights"):
        exported(
            made_by("own_net:Net"),
            tmp_path / "m.pt2",
            INPUTS,
            name="Net",
            weights=Path(tmp_path / "n.pt2"),
        )
