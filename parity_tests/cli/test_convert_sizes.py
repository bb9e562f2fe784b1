"""``poseconvert convert --size 32,48x64``: from the command line to the phone's folder."""

import json

import onnx
import pytest
import torch
import typer
from onnx import TensorProto, helper
from torch import nn

from poseconvert.cli.options import parse_sizes

INPUT = ("--input", "image:1,3,32,32")


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 4, 1)).eval()


@pytest.fixture
def scripted(tmp_path):
    torch.jit.script(network()).save(tmp_path / "net.pt")
    return tmp_path / "net.pt"


def test_sizes_are_read_as_height_and_width_the_default_first():
    assert parse_sizes(None) == ()
    assert parse_sizes("224") == ((224, 224),)
    assert parse_sizes("257x193, 513x385") == ((257, 193), (513, 385))
    assert len(parse_sizes(",".join(map(str, range(16, 16 + 128))))) == 128


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("224,", "'224,' has an empty size"),
        (",224", "',224' has an empty size"),
        ("224,224", "names 224 twice"),
        ("224,448,224x224", "names 224x224 twice"),
        ("224,abc", "'abc': give a side"),
        ("224,0", "'0': give a side"),
        ("224,-1", "'-1': give a side"),
        ("224;448", "give a side"),
        (",".join(map(str, range(16, 16 + 129))), "129 sizes: Core ML takes 128 at most"),
    ],
)
def test_sizes_that_are_none_are_refused(text, reason):
    with pytest.raises(typer.BadParameter) as caught:
        parse_sizes(text)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def exported(folder):
    path = folder / "net.pt2"
    torch.export.save(torch.export.export(network(), (torch.zeros(1, 3, 32, 32),)), path)
    return path, ("--size", "32,48"), "this torch.export program is of one size"


def graph(folder):
    shape = [1, 3, 32, 32]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in ("x", "y")]
    made = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.save(model, folder / "net.onnx")
    return folder / "net.onnx", ("--size", "32,48"), "this ONNX is of one size"


def flat(folder):
    torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 7))).save(folder / "f.pt")
    options = (*INPUT, "--size", "32,48")
    return folder / "f.pt", options, "(1, 3, 48, 48)", "Leave this size out of --size"


def without_a_shape(folder):
    torch.jit.script(network()).save(folder / "n.pt")
    return folder / "n.pt", ("--size", "32,48"), "Give it: --input image:1,3,224,224"


@pytest.mark.parametrize("case", [exported, graph, flat, without_a_shape])
def test_a_program_of_one_size_is_refused_in_one_line(case, poseconvert, tmp_path):
    model, options, *texts = case(tmp_path)
    finished = poseconvert("convert", model, *options, "-o", tmp_path / "out")
    assert finished.code == 2
    assert len(finished.errors) == 1
    for text in texts:
        assert text in finished.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--size", "64,70"), "input_size 70 is not a multiple of 16. Use 64 or 80"),
        (("--size", "64,96x64"), "input 96x64 is not square"),
        (("--size", "64,96", "--route", "onnx2coreml"), "Omit --route"),
        (("--size", "64,"), "has an empty size"),
    ],
)
def test_a_family_refuses_what_it_does_not_take_in_one_line(
    options, text, poseconvert, tiny_model, tmp_path
):
    finished = poseconvert("convert", tiny_model, *options, "-o", tmp_path / "out")
    assert finished.code == 2
    assert len(finished.errors) == 1
    assert text in finished.err
    assert not (tmp_path / "out").exists()


def test_several_sizes_are_converted_inspected_compared_and_bundled(
    poseconvert, scripted, tmp_path
):
    out = tmp_path / "net.poseconvert"
    finished = poseconvert("convert", scripted, *INPUT, "--size", "32,48x64", "-o", out)
    assert finished.code == 0, finished.err
    assert "coreml_at_48x64" in finished.out

    finished = poseconvert("inspect", out, "--json")
    values = json.loads(finished.out)
    assert values["inputs"] == {"image": "image 32x32 RGB; takes [1, 3, 32, 32] or [1, 3, 48, 64]"}
    assert values["outputs"] == {"output_0": "fp32, no shape declared"}
    assert values["facts"]["sizes"] == "32x32 (default), 48x64"

    finished = poseconvert("diff", out, "--json")
    assert finished.code == 0, finished.err
    rows = json.loads(finished.out)["comparisons"]
    assert [row["stage"] for row in rows if "48x64" in row["stage"]] == ["coreml_at_48x64"] * 2

    finished = poseconvert("ios-bundle", out, "-o", tmp_path / "PoseBenchData")
    assert finished.code == 0, finished.err
    assert "net: measured at its default size only, of 2" in finished.out
    (model,) = json.loads((tmp_path / "PoseBenchData" / "plan.json").read_text())["models"]
    assert (model["input"]["height"], model["input"]["width"]) == (32, 32)
    assert {p.name for p in (tmp_path / "PoseBenchData" / "net").iterdir()} == {
        "golden",
        "model.mlpackage",
    }
