"""Shared by all tests of the reference executor: programs built by coremltools' own builder."""

import logging
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture(scope="session")
def coreml():
    """coremltools, its builder and its protobuf classes, imported quietly."""
    logging.getLogger("coremltools").setLevel(logging.ERROR)
    import coremltools as ct
    from coremltools.converters.mil import Builder
    from coremltools.converters.mil.mil import types
    from coremltools.proto import Model_pb2

    return SimpleNamespace(ct=ct, mb=Builder, types=types, Model=Model_pb2.Model)


@pytest.fixture(scope="session")
def save_at(coreml):
    """Saves a program built with `build(mb, *inputs)`, untouched by passes unless asked."""

    def save_at(
        path, build, *shapes, target="iOS15", precision="fp32", optimised=False, inputs=None,
        dtype="fp32",
    ):  # fmt: skip
        ct, mb, types = coreml.ct, coreml.mb, coreml.types
        opset = ct.target[target]
        specs = [mb.TensorSpec(shape=shape, dtype=getattr(types, dtype)) for shape in shapes]
        functions = {1: lambda x: build(mb, x), 2: lambda x, y: build(mb, x, y)}
        program = mb.program(input_specs=specs, opset_version=opset)(functions[len(shapes)])
        model = ct.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=opset,
            compute_precision=getattr(
                ct.precision, {"fp32": "FLOAT32", "fp16": "FLOAT16"}[precision]
            ),
            pass_pipeline=None if optimised or precision == "fp16" else ct.PassPipeline.EMPTY,
            skip_model_load=True,
            inputs=inputs,
        )
        model.save(str(path))
        return path

    return save_at


@pytest.fixture
def save(save_at, tmp_path):
    """Saves a program as `save_at` does, under the next number."""

    def save(build, *shapes, **options):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.mlpackage"
        return save_at(path, build, *shapes, **options)

    return save


@pytest.fixture
def run(save):
    """Builds, saves, reads and runs a program on arrays; gives its only output."""
    from poseconvert.mil import Executor, read_package

    def run(build, *arrays, precision="fp32", **options):
        path = save(build, *(array.shape for array in arrays), **options)
        executor = Executor(read_package(path), precision=precision, engine="interpreter")
        outputs = executor.run(dict(zip("xy", arrays, strict=False)))
        assert len(outputs) == 1
        return next(iter(outputs.values()))

    return run


@pytest.fixture
def edit(coreml):
    """Rewrites the model file of a saved package with a function that changes its message."""

    def edit(path, change):
        file = path / "Data" / "com.apple.CoreML" / "model.mlmodel"
        model = coreml.Model()
        model.ParseFromString(file.read_bytes())
        change(model)
        file.write_bytes(model.SerializeToString())
        return path

    return edit


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def one_package(save_at, tmp_path_factory):
    weight = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    return save_at(
        tmp_path_factory.mktemp("package") / "0.mlpackage",
        lambda mb, x: mb.conv(x=x, weight=weight, pad_type="valid", name="out"),
        (1, 3, 8, 8),
    )


@pytest.fixture
def package(one_package, tmp_path):
    """A saved convolution whose weight is large enough for the blob file; a copy to damage."""
    return Path(shutil.copytree(one_package, tmp_path / one_package.name))


@pytest.fixture
def refusal():
    """Reads a package that must be refused in one line; gives the text."""
    from poseconvert.errors import PackageError
    from poseconvert.mil import read_package

    def refusal(path):
        with pytest.raises(PackageError) as caught:
            read_package(path)
        text = str(caught.value)
        assert "\n" not in text
        assert str(path) in text
        return text

    return refusal
