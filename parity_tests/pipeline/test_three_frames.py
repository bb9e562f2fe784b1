"""The 448 network's layout, small and with seeded weights, through the whole chain."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from poseconvert.conversion.golden import read_goldens
from poseconvert.drift import Parity
from poseconvert.mil import read_package
from poseconvert.mil.package.features import ImageFeature
from poseconvert.network.dual_head_three_frames import FRAMES, ThreeFramesConfig
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.diff.diff import measure
from poseconvert.pipeline.inspect.inspect import inspect_artifact
from poseconvert.stages.coreml_options import CoreMLOptions

SEEDED = Path(__file__).parents[2] / "benchmarks" / "seeded_families.py"


def silent(step):
    pass


@pytest.fixture(scope="module")
def model(once):
    return once("three-frames", seeded)


def seeded(folder):
    spec = importlib.util.spec_from_file_location("seeded_families", SEEDED)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path = folder / "three.safetensors"
    config = ThreeFramesConfig(width=0.25, input_size=64, depth=4)
    module.save_seeded(path, "dual_head_three_frames", config)
    return path


@pytest.fixture(scope="module")
def three(model, converted):
    return converted(model, coreml=CoreMLOptions(precision="fp32"))


def test_parity_holds_with_three_images_in_and_joints_out(three):
    assert three.parity is Parity.HELD, [c.reasons for c in three.result.comparisons]
    package = read_package(three.folder / "model.mlpackage")
    assert [one.name for one in package.inputs] == list(FRAMES)
    assert all(isinstance(one, ImageFeature) for one in package.inputs)
    flat, deep = three.manifest.decode
    assert (flat.offset_unit, flat.centre, flat.frame) == ("cell", 0.5, "centred_y_up")
    assert (deep.grid, deep.skeleton) == ((4, 4, 4), "dual_head_24")
    assert all(len(comparison.joints) >= 48 for comparison in three.result.comparisons)


def test_inspect_shows_three_inputs_of_the_checkpoint_and_of_the_conversion(three, model):
    assert inspect_artifact(model).inputs == dict.fromkeys(FRAMES, "float[1, 3, 64, 64]")
    assert list(inspect_artifact(three.folder).inputs) == list(FRAMES)


def test_the_goldens_are_what_the_network_says_of_three_different_frames(three, model):
    goldens = read_goldens(three.folder)
    now, before, earlier = (
        torch.from_numpy(one.transpose(0, 3, 1, 2)).float() for one in goldens.inputs
    )
    module = load_source(model, ModelOptions()).module
    with torch.inference_mode():
        expected = module(now, before, earlier)
        swapped = module(before, now, earlier)
    for name, wanted, other in zip(goldens.outputs, expected, swapped, strict=True):
        span = float(wanted.max() - wanted.min())
        np.testing.assert_allclose(goldens.outputs[name], wanted, rtol=0, atol=1e-5 * span)
        assert (wanted - other).abs().max() > 0.01 * span, "the order of frames would not show"


def test_one_picture_is_a_still_person(three, model, tmp_path):
    shades = np.linspace(0, 255, 64 * 64 * 3).astype(np.uint8).reshape(64, 64, 3)
    Image.fromarray(shades).save(tmp_path / "still.png")

    measured = measure(
        open_conversion(three.folder),
        pictures=[tmp_path / "still.png"],
        model=model,
        progress=silent,
    )

    assert measured.parity is Parity.HELD
    now, before, earlier = measured.inputs.values.values()
    assert now.std() > 0
    assert (now == before).all()
    assert (now == earlier).all()
