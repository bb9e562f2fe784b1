"""Simplified ONNX to a package: interface, precision, fp32 islands, refusals."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import StageError
from poseconvert.mil import ImageFeature, read_package
from poseconvert.stages.coreml_from_onnx import CoreMLOptions, coreml_from_onnx


def conv_graph(shape=(1, 3, 16, 16), op="Relu"):
    generator = np.random.default_rng(0)
    weights = {
        "first.weight": generator.normal(size=(8, 3, 3, 3)).astype(np.float32),
        "second.weight": generator.normal(size=(4, 8, 1, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["image", "first.weight"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node(op, ["a"], ["b"]),
        helper.make_node("Conv", ["b", "second.weight"], ["heatmap"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, (1, 4, 16, 16))],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8)


@pytest.fixture
def graph_file(tmp_path):
    onnx.save(conv_graph(), tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


def packaged(graph_file, **options):
    path = graph_file.with_name("m.mlpackage")
    coreml_from_onnx(graph_file, path, options=CoreMLOptions(**options))
    return read_package(path)


def stored_dtypes(package):
    constants = package.program.main.constants().values()
    return {str(c.array.dtype) for c in constants if c.array.ndim == 4}


def test_a_picture_input_becomes_an_rgb_image_and_outputs_are_float32(graph_file):
    package = packaged(graph_file)

    (image,) = package.inputs
    assert isinstance(image, ImageFeature)
    assert (image.name, image.width, image.height, image.colour_space) == ("image", 16, 16, "RGB")
    assert [(o.name, o.shape, o.dtype) for o in package.outputs] == [
        ("heatmap", (1, 4, 16, 16), "fp32")
    ]


def test_the_default_package_loads_on_an_a11(graph_file):
    assert packaged(graph_file).spec_version <= 7


@pytest.mark.parametrize(("precision", "dtype"), [("fp16", "float16"), ("fp32", "float32")])
def test_precision_decides_the_stored_weights(graph_file, precision, dtype):
    assert stored_dtypes(packaged(graph_file, precision=precision)) == {dtype}


def test_named_weights_stay_float32_in_a_float16_package(graph_file):
    package = packaged(graph_file, keep_fp32=("first.weight",))

    assert stored_dtypes(package) == {"float16", "float32"}


def test_a_tensor_input_stays_a_tensor(graph_file):
    (tensor,) = packaged(graph_file, input_kind="tensor").inputs

    assert (tensor.name, tensor.shape, tensor.dtype) == ("image", (1, 3, 16, 16), "fp32")


def test_the_same_graph_gives_the_same_bytes(graph_file):
    contents = []
    for name in ("one.mlpackage", "two.mlpackage"):
        path = graph_file.with_name(name)
        coreml_from_onnx(graph_file, path, options=CoreMLOptions())
        contents.append(
            {p.relative_to(path): p.read_bytes() for p in path.rglob("*") if p.is_file()}
        )

    assert contents[0] == contents[1]


def test_an_image_input_of_another_shape_is_refused(tmp_path):
    onnx.save(conv_graph((2, 3, 16, 16)), tmp_path / "m.onnx")

    with pytest.raises(StageError, match=r"is not a picture .* Give --input-kind tensor"):
        coreml_from_onnx(tmp_path / "m.onnx", tmp_path / "p", options=CoreMLOptions())


def test_an_op_without_conversion_is_named(tmp_path):
    onnx.save(conv_graph(op="Det"), tmp_path / "m.onnx")

    with pytest.raises(StageError, match=r"cannot convert m.onnx .*Det") as refused:
        coreml_from_onnx(tmp_path / "m.onnx", tmp_path / "p", options=CoreMLOptions())

    assert "\n" not in str(refused.value)
