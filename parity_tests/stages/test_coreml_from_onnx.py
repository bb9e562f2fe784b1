"""Simplified ONNX to a package by every route: interface, precision, fp32 islands, refusals."""

from functools import cache

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import KeepError, RouteError, StageError
from poseconvert.graph.reader import read_onnx
from poseconvert.mil import ImageFeature, read_package
from poseconvert.network.source import Source
from poseconvert.runners.runner import Batch
from poseconvert.stages.coreml_from_onnx import coreml_from_onnx, unsupported_ops
from poseconvert.stages.coreml_options import KEEPS_OPS, ROUTES, CoreMLOptions, Way


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


def the_same_in_torch():
    stem, head = (
        torch.nn.Conv2d(3, 8, 3, padding=1, bias=False),
        torch.nn.Conv2d(8, 4, 1, bias=False),
    )
    weights = [numpy_helper.to_array(tensor) for tensor in conv_graph().graph.initializer]
    for part, weight in zip((stem, head), weights, strict=True):
        part.weight.data = torch.from_numpy(weight.copy())
    network = torch.nn.Sequential(stem, torch.nn.ReLU(), head).eval()
    return Source(network, "module", {"image": (1, 3, 16, 16)}, ("heatmap",))


@pytest.fixture(scope="module")
def graph_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("graph") / "m.onnx"
    onnx.save(conv_graph(), path)
    return path


def converted(graph_file, route, *, name="m.mlpackage", network=None, **options):
    path = graph_file.with_name(name)
    coreml_from_onnx(
        read_onnx(graph_file),
        path,
        options=CoreMLOptions(**{"images": ("image",), **options}),
        way=Way(route),
        network=network or the_same_in_torch(),
    )
    return path


@pytest.fixture(scope="module")
def packaged(graph_file):
    """Make a package of the graph, each kind once, and read it."""

    @cache
    def made(route, **options):
        name = "-".join(map(str, (route, *options.values()))) + ".mlpackage"
        return read_package(converted(graph_file, route, name=name, **options))

    return made


def stored_dtypes(package):
    constants = package.program.main.constants().values()
    return {str(c.array.dtype) for c in constants if c.array.ndim == 4}


@pytest.mark.parametrize("route", ROUTES)
def test_a_picture_input_becomes_an_rgb_image_and_outputs_are_float32(route, packaged):
    package = packaged(route)

    (image,) = package.inputs
    assert isinstance(image, ImageFeature)
    assert (image.name, image.width, image.height, image.colour_space) == ("image", 16, 16, "RGB")
    assert [(o.name, o.shape, o.dtype) for o in package.outputs] == [
        ("heatmap", (1, 4, 16, 16), "fp32")
    ]


@pytest.mark.parametrize("route", ROUTES)
def test_the_default_package_loads_on_an_a11(route, packaged):
    assert packaged(route).spec_version <= 7


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("precision", "dtype"), [("fp16", "float16"), ("fp32", "float32")])
def test_precision_decides_the_stored_weights(route, precision, dtype, packaged):
    assert stored_dtypes(packaged(route, precision=precision)) == {dtype}


@pytest.mark.parametrize("route", sorted(KEEPS_OPS))
@pytest.mark.parametrize("kept", ["first.weight", "second.weight"])
def test_only_the_op_of_a_named_weight_stays_float32(route, kept, packaged):
    package = packaged(route, keep_fp32=(kept,))

    kept_channels = {"first.weight": 3, "second.weight": 8}[kept]
    for constant in package.program.main.constants().values():
        if constant.array.ndim == 4:
            expected = "float32" if constant.array.shape[1] == kept_channels else "float16"
            assert str(constant.array.dtype) == expected


@pytest.mark.parametrize("route", sorted(KEEPS_OPS))
@pytest.mark.parametrize(("kept", "type"), [("b", "relu"), ("heatmap", "conv")])
def test_an_op_is_kept_float32_by_the_name_of_its_result(route, kept, type, packaged):
    operations = packaged(route, keep_fp32=(kept,)).program.main.block.operations

    dtypes = [op.outputs[0][1].dtype for op in operations if op.type in ("conv", "relu")]
    assert dtypes == ["fp32" if name == kept else "fp16" for name in ("a", "b", "heatmap")]
    assert {op.type for op in operations if op.outputs[0][1].dtype == "fp32"} >= {type}


@pytest.mark.parametrize("route", sorted(KEEPS_OPS))
def test_a_name_that_no_op_goes_by_is_refused(route, packaged):
    with pytest.raises(KeepError, match="cannot keep first, none in float32") as refused:
        packaged(route, keep_fp32=("first", "first.weight", "none"))

    assert refused.value.names == ("first", "none")


def test_the_torch_route_refuses_to_keep_single_ops(packaged):
    with pytest.raises(RouteError, match="cannot keep single ops in float32"):
        packaged("torch", keep_fp32=("first.weight",))


@pytest.mark.parametrize("route", ROUTES)
def test_a_tensor_input_stays_a_tensor(route, packaged):
    (tensor,) = packaged(route, images=()).inputs

    assert (tensor.name, tensor.shape, tensor.dtype) == ("image", (1, 3, 16, 16), "fp32")


@pytest.mark.parametrize("route", ROUTES)
def test_the_same_graph_gives_the_same_bytes(route, graph_file):
    contents = []
    for name in ("one.mlpackage", "two.mlpackage"):
        path = converted(graph_file, route, name=f"{route}-{name}")
        contents.append(
            {p.relative_to(path): p.read_bytes() for p in path.rglob("*") if p.is_file()}
        )

    assert contents[0] == contents[1]


def test_all_routes_answer_alike(graph_file, packaged):
    from poseconvert.runners.mil import MilRunner
    from poseconvert.runners.onnx import OnnxRunner

    batch = np.random.default_rng(1).integers(0, 256, (2, 3, 16, 16)).astype(np.float32)
    expected = OnnxRunner(graph_file).run(Batch({"image": batch}))["heatmap"]

    for route in ROUTES:
        runner = MilRunner(packaged(route, precision="fp32"), precision="fp32")
        found = runner.run(Batch({"image": batch}))["heatmap"]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.ptp(expected))


@pytest.mark.parametrize("form", ["module", "scripted", "exported", "dict"])
def test_the_torch_route_takes_a_network_in_every_form(form, graph_file):
    source = the_same_in_torch()
    module = source.module
    if form == "scripted":
        module = torch.jit.script(module)
    elif form == "exported":
        module = torch.export.export(
            module, tuple(map(torch.zeros, source.inputs.values()))
        ).module()
    elif form == "dict":

        class Named(torch.nn.Module):
            def __init__(self, network):
                super().__init__()
                self.network = network

            def forward(self, x):
                return {"heatmap": self.network(x)}

        module = Named(module)
    network = Source(module, form, source.inputs, source.output_names)

    package = read_package(
        converted(graph_file, "torch", name=f"{form}.mlpackage", network=network)
    )

    assert [o.name for o in package.outputs] == ["heatmap"]


def test_an_image_input_of_another_shape_is_refused(tmp_path):
    onnx.save(conv_graph((2, 3, 16, 16)), tmp_path / "m.onnx")

    with pytest.raises(
        StageError, match=r"is not a picture .* Give --input-kind tensor"
    ) as refused:
        converted(tmp_path / "m.onnx", "onnx2coreml")

    assert not isinstance(refused.value, RouteError)  # no other route would help


@pytest.mark.parametrize("route", ["onnx2coreml", "onnxsim"])
def test_an_op_without_conversion_is_named(route, tmp_path):
    onnx.save(conv_graph(op="Det"), tmp_path / "m.onnx")

    with pytest.raises(RouteError, match=r"^lacks Det$"):
        converted(tmp_path / "m.onnx", route)


def test_without_a_source_the_torch_route_says_so(graph_file):
    with pytest.raises(RouteError, match="needs the PyTorch source"):
        coreml_from_onnx(
            read_onnx(graph_file),
            graph_file.with_name("p"),
            options=CoreMLOptions(),
            way=Way("torch"),
        )


def test_a_failing_converter_is_one_line(graph_file, monkeypatch):
    import onnxsim

    def failing(model, **options):
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(onnxsim, "export_coreml", failing)

    with pytest.raises(RouteError, match=r"^fails: first line second line$"):
        converted(graph_file, "onnxsim")


def test_an_op_is_unsupported_only_where_no_route_takes_it():
    assert unsupported_ops(conv_graph(op="Det")) == {"Det"}
    assert unsupported_ops(conv_graph(op="Relu")) == set()
    assert unsupported_ops(conv_graph(op="Softplus")) == set()
