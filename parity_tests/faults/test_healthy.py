"""What is healthy is not flagged, however unlike it looks."""

import networks
import pytest
import torch
from catalogue import Planted
from editing import edit_description, edit_onnx, record
from examine import copy_of, examine, silent
from random_networks import random_network

from poseconvert.conversion.golden import read_goldens
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.convert.convert import ConvertOptions, convert

SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(100, 500, 100))]


@pytest.mark.parametrize("name", ["pose", "script", "onnx", "imagenet"])
def test_an_untouched_conversion_holds_and_has_no_cause(name, bases, tmp_path):
    measurement, found = examine(copy_of(bases(name), tmp_path), Planted())

    assert measurement.parity.value == "held"
    assert found == ()


def test_another_healthy_export_holds(bases, tmp_path):
    """Other names, a batch norm that is not folded, constants written elsewhere."""
    folder = copy_of(bases("script"), tmp_path)
    networks.zoo_onnx(folder / "model.onnx")

    def rename(model):
        model.graph.node[-1].output[0] = model.graph.output[0].name = "output_0"

    edit_onnx(folder / "model.onnx", rename)
    measurement, found = examine(folder, Planted())

    assert measurement.parity.value == "held"
    assert found == ()


def test_a_package_with_another_author_holds(bases, tmp_path):
    folder = copy_of(bases("pose"), tmp_path)

    def sign(spec):
        spec.description.metadata.author = "somebody else"

    edit_description(folder / "model.mlpackage", sign)
    measurement, found = examine(folder, Planted())

    assert measurement.edited == ("model.mlpackage",)
    assert measurement.parity.value == "held"
    assert found == ()


def test_a_phone_that_rounds_to_float16_holds(bases, tmp_path):
    folder = copy_of(bases("pose"), tmp_path)
    outputs = {n: v.astype("f2").astype("f4") for n, v in read_goldens(folder).outputs.items()}
    measurement, found = examine(folder, Planted(record(folder, outputs=outputs)))

    assert measurement.parity.value == "held"
    assert found == ()


@pytest.mark.parametrize("name", ["overflowing", "underflowing"])
def test_what_float16_breaks_is_rescued_by_default(name, tmp_path):
    path = getattr(networks, name)(tmp_path / "model.onnx")
    folder = tmp_path / "c"
    folder.mkdir()

    made = convert(path, folder, target=folder, options=ConvertOptions(), progress=silent)

    assert made.parity.value == "held"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_network_converts_without_alarm(seed, tmp_path):
    """The whole of 500 is run by benchmarks/faults.py."""
    assert alarm(seed, tmp_path) == ""


def alarm(seed, at):
    """Convert the network of a seed and measure it again; say what was flagged, if anything."""
    network, side = random_network(seed)
    path = at / "model.pt"
    example = torch.zeros(1, 3, side, side)
    with torch.no_grad():
        torch.jit.trace(network, example).save(str(path))
    folder = at / "base.poseconvert"
    folder.mkdir()
    model = ModelOptions(inputs={"input": (1, 3, side, side)})
    convert(path, folder, target=folder, options=ConvertOptions(model=model), progress=silent)
    measurement, found = examine(folder, Planted())
    if measurement.parity.value == "held" and not found:
        return ""
    reasons = [r for c in measurement.result.comparisons for r in c.reasons]
    return "; ".join([measurement.parity.value, *reasons, *(one.sentence for one in found)])
