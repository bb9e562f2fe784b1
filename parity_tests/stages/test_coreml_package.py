"""A scale and a bias per channel keep their values in a package."""

import coremltools as ct
import numpy as np
import pytest
from coremltools.converters.mil import Builder
from onnx import parser

from poseconvert.mil import Executor, read_package
from poseconvert.stages.coreml_by_onnx2coreml import by_onnx2coreml
from poseconvert.stages.coreml_by_onnxsim import by_onnxsim
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.coreml_package import package_inputs, packed, quiet_coremltools

SHAPE = (1, 3, 4, 4)
SCALE = np.array([0.017, 0.0175, 0.0174], np.float32).reshape(1, 3, 1, 1)
BIAS = np.array([-2.1, -2.0, -1.8], np.float32).reshape(1, 3, 1, 1)


def normaliser():
    @Builder.program(input_specs=[Builder.TensorSpec(SHAPE)], opset_version=ct.target.iOS16)
    def program(x):
        return Builder.add(x=Builder.mul(x=x, y=SCALE), y=BIAS, name="y")

    return program


def drift_and_ops(package, path, precision):
    """Largest difference to float64 over the range of the result, and the ops that gave it."""
    package.save(str(path))
    read = read_package(path)
    x = np.random.default_rng(0).uniform(0, 255, SHAPE).astype(np.float32)
    expected = x * np.float64(SCALE) + BIAS
    (name,) = (feature.name for feature in read.inputs)
    (found,) = Executor(read, precision=precision).run({name: x}).values()
    blocks = package.get_spec().mlProgram.functions["main"].block_specializations
    (block,) = blocks.values()
    ops = [op.type for op in block.operations if op.type not in ("const", "cast")]
    return np.abs(found - expected).max() / np.ptp(expected), ops


@pytest.fixture
def tensor_input():
    return [ct.TensorType(name="x", shape=SHAPE, dtype=np.float32)]


def test_coremltools_alone_loses_a_hundred_thousandth(tmp_path, tensor_input):
    """Where this fails, the fault is mended: then ``coreml_package.passes`` can go."""
    with quiet_coremltools():
        package = ct.convert(
            normaliser(),
            source="milinternal",
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS16,
            compute_precision=ct.precision.FLOAT32,
            inputs=tensor_input,
            skip_model_load=True,
        )

    drift, ops = drift_and_ops(package, tmp_path / "alone.mlpackage", "fp32")

    assert ops == ["batch_norm"]
    assert 2e-6 < drift < 1e-5


def test_a_float32_package_has_the_scale_it_was_given(tmp_path, tensor_input):
    options = CoreMLOptions(precision="fp32")
    with quiet_coremltools():
        package = packed(normaliser(), tensor_input, options, called=str)

    drift, ops = drift_and_ops(package, tmp_path / "ours.mlpackage", "fp32")

    assert ops == ["mul", "add"]
    assert drift < 2e-7


def test_a_float16_package_rounds_once(tmp_path, tensor_input):
    with quiet_coremltools():
        package = packed(normaliser(), tensor_input, CoreMLOptions(), called=str)

    drift, ops = drift_and_ops(package, tmp_path / "half.mlpackage", "fp16")

    assert ops == ["batch_norm"]
    assert drift < 2e-3


@pytest.mark.parametrize("route", [by_onnx2coreml, by_onnxsim])
def test_every_route_from_a_graph_keeps_it_in_float32(route, tmp_path):
    text = """<ir_version: 8, opset_import: ["" : 18]>
    g (float[1,3,4,4] x) => (float[1,3,4,4] y)
    <float[1,3,1,1] scale = {0.017, 0.0175, 0.0174}, float[1,3,1,1] bias = {-2.1, -2.0, -1.8}> {
      scaled = Mul(x, scale)
      y = Add(scaled, bias)
    }"""
    model = parser.parse_model(text)
    options = CoreMLOptions(precision="fp32")
    with quiet_coremltools():
        package = route(model, package_inputs(model, options), options)

    drift, _ = drift_and_ops(package, tmp_path / "route.mlpackage", "fp32")

    assert drift < 2e-7
