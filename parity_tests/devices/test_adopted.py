"""On a phone an adopted package is called by its own names."""

from dataclasses import replace

import numpy as np
import pytest

from poseconvert.conversion.golden import read_goldens
from poseconvert.conversion.interface import Interface
from poseconvert.conversion.manifest import read_manifest
from poseconvert.devices.adopted import in_its_names
from poseconvert.errors import ConversionError
from poseconvert.imaging.wanted import Wanted
from poseconvert.runners.fed import Pairing


def read(folder, *, last=False):
    manifest = read_manifest(folder)
    interface = Interface(
        {"image": Wanted("picture", (1, 3, 64, 64), image="BGR")},
        tuple(Pairing(name, f"their_{name}", "shape", last) for name in manifest.outputs),
    )
    return replace(manifest, interface=interface), read_goldens(folder)


def test_inputs_outputs_and_decode_specs_are_renamed(tiny_conversion):
    manifest, goldens = read(tiny_conversion)
    named, answers = in_its_names(tiny_conversion, manifest, goldens)
    assert list(named.inputs) == list(named.preprocessing) == ["picture"] == list(named.images)
    assert list(named.outputs) == [f"their_{name}" for name in manifest.outputs]
    assert set(answers.outputs) == set(answers.floor) == set(named.outputs)
    for spec, ours in zip(named.decode, manifest.decode, strict=True):
        assert (spec.heatmap, spec.offset) == (f"their_{ours.heatmap}", f"their_{ours.offset}")
    for name, values in goldens.outputs.items():
        np.testing.assert_array_equal(answers.outputs[f"their_{name}"], values)


def test_a_package_made_here_keeps_its_names(tiny_conversion):
    manifest, goldens = read_manifest(tiny_conversion), read_goldens(tiny_conversion)
    assert in_its_names(tiny_conversion, manifest, goldens) == (manifest, goldens)


def test_channels_last_is_refused(tiny_conversion):
    with pytest.raises(ConversionError, match="gives their_heatmap2d channels last"):
        in_its_names(tiny_conversion, *read(tiny_conversion, last=True))
