"""Average pools whose windows overhang: right in ONNX Runtime and in what Core ML computes."""

import numpy as np
import onnx
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from poseconvert.graph.average_pool import overhanging_pool
from poseconvert.graph.decompose import plain
from poseconvert.mil import Executor, read_package
from poseconvert.runners.onnx import session
from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
from poseconvert.stages.coreml_options import CoreMLOptions, Way


def pooling(shape, *, opset=18, dims=None, **attributes):
    pool = helper.make_node("AveragePool", ["x"], ["y"], name="pool", ceil_mode=1, **attributes)
    graph = helper.make_graph(
        [pool],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, dims or [None] * len(shape))],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def ops(model):
    return [node.op_type for node in model.graph.node if node.op_type != "Constant"]


def attributes(model):
    return {a.name: helper.get_attribute_value(a) for a in model.graph.node[-1].attribute}


@st.composite
def pools(draw):
    kernel, stride = ([draw(st.integers(1, 4)) for _ in range(2)] for _ in range(2))
    pad = [draw(st.integers(0, k // 2)) for k in kernel]
    sizes = [draw(st.integers(4, 9)) for _ in range(2)]
    return sizes, kernel, stride, pad


@given(case=pools())
def test_the_rewritten_pool_is_pytorchs(tmp_path_factory, case):
    sizes, kernel, stride, pad = case
    x = np.random.default_rng(0).normal(size=(1, 2, *sizes)).astype(np.float32)
    wanted = F.avg_pool2d(torch.from_numpy(x), kernel, stride, pad, ceil_mode=True).numpy()
    assume(np.isfinite(wanted).all())
    model = pooling(x.shape, kernel_shape=kernel, strides=stride, pads=pad * 2, count_include_pad=1)

    rewritten = plain(model)

    onnx.checker.check_model(rewritten)
    (found,) = session(rewritten, tmp_path_factory.mktemp("m")).run(None, {"x": x})
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    overhangs = any(
        -(-span // s) * s > span and -(-span // s) * s < n + p
        for n, s, p, span in (
            (n, s, p, n + 2 * p - k) for n, k, s, p in zip(sizes, kernel, stride, pad, strict=True)
        )
    )
    assert overhangs == (attributes(rewritten)["count_include_pad"] == 0)


@pytest.mark.parametrize("route", ["onnx2coreml", "onnxsim"])
@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 0, 1, 0]])
def test_the_package_of_the_rewritten_pool_gives_what_onnx_says(tmp_path, route, pads):
    x = np.arange(49, dtype=np.float32).reshape(1, 1, 7, 7)
    wanted = F.avg_pool2d(torch.from_numpy(x), 2, 3, pads[:2], ceil_mode=True).numpy()
    model = pooling(
        x.shape,
        dims=wanted.shape,
        kernel_shape=[2, 2],
        strides=[3, 3],
        pads=pads,
        count_include_pad=1,
    )
    path = tmp_path / "p.mlpackage"

    coreml_from_onnx(model, path, options=CoreMLOptions(precision="fp32"), way=Way(route))

    found = Executor(read_package(path), precision="fp32").run({"x": x})["y"]
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_padding_that_is_counted_is_written_out():
    model = pooling([1, 1, 6], kernel_shape=[3], strides=[3], pads=[1, 1], count_include_pad=1)

    assert ops(plain(model)) == ["Pad", "AveragePool"]
    assert attributes(plain(model))["pads"] == [0, 1]


def test_a_pool_without_padding_only_stops_counting():
    model = pooling([1, 1, 7], kernel_shape=[2], strides=[3], count_include_pad=1)

    assert ops(plain(model)) == ["AveragePool"]
    assert attributes(plain(model))["count_include_pad"] == 0
    assert attributes(plain(model))["pads"] == [0, 1]
    assert plain(model).graph.node[0].name == "pool"


@pytest.mark.parametrize(
    "changed",
    [
        {"count_include_pad": 0},
        {"strides": [2]},  # (7 - 1) windows of 3 end at 7: none overhangs
        {"auto_pad": "SAME_UPPER"},
        {"dilations": [2]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_other_pools_stay_as_they_are(changed):
    given_ = {"kernel_shape": [3], "strides": [3], "count_include_pad": 1} | changed
    model = pooling([1, 1, 7], opset=19, **given_)

    assert overhanging_pool(model.graph.node[0], [1, 1, 7]) is None


def test_a_pool_of_unknown_shape_stays():
    model = pooling([1, 1, None], kernel_shape=[2], strides=[3], count_include_pad=1)

    assert attributes(plain(model))["count_include_pad"] == 1
    assert overhanging_pool(model.graph.node[0], None) is None


def test_before_opset_11_the_pool_stays():
    model = pooling([1, 1, 7], opset=10, kernel_shape=[2], strides=[3], count_include_pad=1)

    assert attributes(plain(model))["count_include_pad"] == 1
