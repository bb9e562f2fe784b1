"""Runners: one input at a time, results joined, misuse refused in one line."""

import sys
import types

import numpy as np
import pytest
from PIL import Image

from poseconvert.drift import Run
from poseconvert.errors import RunError
from poseconvert.mil import read_package
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions
from poseconvert.runners import coreml
from poseconvert.runners.mil import MilRunner
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch, run_each
from poseconvert.runners.torch import TorchRunner

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 3, 64, 64)).astype(np.float32)
BATCH = Batch({"image": PIXELS})


def runners(folder, model):
    package = read_package(folder / "model.mlpackage")
    return {
        "torch": TorchRunner(load_source(model, ModelOptions())),
        "onnx": OnnxRunner(folder / "model.onnx"),
        "fp32": MilRunner(package, precision="fp32"),
        "fp16": MilRunner(package, precision="fp16"),
    }


def test_every_runner_gives_the_same_names_shapes_and_dtype(tiny_conversion, tiny_model):
    shapes = {
        name: {key: (value.shape, value.dtype.name) for key, value in runner.run(BATCH).items()}
        for name, runner in runners(tiny_conversion, tiny_model).items()
    }

    assert shapes["torch"]["heatmap3d"] == ((3, 96, 4, 4), "float32")
    assert all(each == shapes["torch"] for each in shapes.values())


def test_a_batch_is_its_inputs_one_by_one(tiny_conversion, tiny_model):
    for runner in runners(tiny_conversion, tiny_model).values():
        together = runner.run(BATCH)["offset2d"]
        alone = np.concatenate([runner.run(BATCH[i : i + 1])["offset2d"] for i in range(3)])
        np.testing.assert_array_equal(together, alone)


def test_outputs_really_depend_on_the_input(tiny_conversion, tiny_model):
    for runner in runners(tiny_conversion, tiny_model).values():
        maps = runner.run(BATCH)["heatmap2d"]
        assert np.abs(maps[0] - maps[1]).max() > 1e-3


def test_another_input_size_is_refused(tiny_conversion, tiny_model):
    for runner in runners(tiny_conversion, tiny_model).values():
        with pytest.raises(RunError) as refused:
            runner.run(BATCH.map(lambda pixels: pixels[:, :, :32]))
        assert "\n" not in str(refused.value)


def test_outputs_without_a_batch_axis_get_one():
    results = run_each(
        BATCH, lambda one: {"score": one["image"].max(), "rows": one["image"][:, 0, 0]}
    )

    assert results["score"].shape == (3,)
    assert results["rows"].shape == (3, 64)


def test_no_label_claims_to_be_core_ml(tiny_conversion, tiny_model):
    labels = [
        Run("a", runner.name, runner.precision).label
        for runner in runners(tiny_conversion, tiny_model).values()
    ]

    assert labels[2:] == ["reference executor (fp32)", "reference executor (fp16)"]
    assert not any("Core ML" in label or "Neural" in label for label in labels)


def test_core_ml_is_refused_where_it_does_not_run(tiny_conversion, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")

    with pytest.raises(RunError, match=r"macOS only. Use the reference executor"):
        coreml.CoreMLRunner(tiny_conversion / "model.mlpackage")


class FakeMLModel:
    """Stands where Core ML stands on macOS: proves our side of the call, not Apple's."""

    def __init__(self, path):
        self.path, self.seen = path, []

    def get_spec(self):
        from coremltools.proto import Model_pb2

        spec = Model_pb2.Model()
        image = spec.description.input.add(name="image")
        image.type.imageType.width = image.type.imageType.height = 64
        return spec

    def predict(self, values):
        picture = values["image"]
        assert isinstance(picture, Image.Image)
        assert picture.mode == "RGB"
        return {"pixels": np.asarray(picture, np.float32)[None]}


def test_on_macos_pictures_reach_core_ml_as_rgb_images(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    fake = types.SimpleNamespace(models=types.SimpleNamespace(MLModel=FakeMLModel))
    monkeypatch.setitem(sys.modules, "coremltools", fake)

    pixels = coreml.CoreMLRunner("m.mlpackage").run(BATCH)["pixels"]

    np.testing.assert_array_equal(pixels, PIXELS.transpose(0, 2, 3, 1))
