"""Normalisation inside the graph is the normalisation outside it, per channel in RGB order."""

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import GraphError
from poseconvert.graph.normalize import with_normalization

SHAPE = (1, 3, 2, 2)
SCALE, BIAS = (1 / 58.4, 1 / 57.1, 1 / 57.4), (-2.1, -2.0, -1.8)
PICTURE = np.random.default_rng(5).uniform(0, 255, SHAPE).astype(np.float32)


def value(name, shape=SHAPE):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes, *, shape=SHAPE, weights=(), ir_version=8):
    graph = helper.make_graph(
        nodes, "g", [value("image", shape)], [value("y", shape)], list(weights)
    )
    opsets = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)


def identity(**options):
    return model([helper.make_node("Identity", ["image"], ["y"])], **options)


def twice_used():
    """The picture goes into two nodes; both must see it normalised."""
    return model(
        [
            helper.make_node("Abs", ["image"], ["a"]),
            helper.make_node("Sub", ["image", "a"], ["y"]),
        ]
    )


def in_a_branch():
    """The picture is used only inside the branches of an If."""
    branch = helper.make_graph([helper.make_node("Abs", ["image"], ["t"])], "b", [], [value("t")])
    choice = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    return model([choice], weights=[numpy_helper.from_array(np.array(True), "c")])


def run(proto, picture):
    onnx.checker.check_model(proto)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options)
    return session.run(None, {"image": picture})[0]


def outside(picture, scale, bias):
    """Channel by channel, in float64."""
    planes = [picture[0, c].astype(float) * scale[c] + bias[c] for c in range(3)]
    return np.stack(planes)[None].astype(np.float32)


@pytest.mark.parametrize("proto", [identity(), twice_used(), in_a_branch()])
def test_inside_is_outside(proto):
    normalised = with_normalization(proto, scale=SCALE, bias=BIAS)
    np.testing.assert_allclose(
        run(normalised, PICTURE), run(proto, outside(PICTURE, SCALE, BIAS)), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("channel", range(3))
def test_each_channel_has_its_own_numbers(channel):
    pure = np.zeros(SHAPE, np.float32)
    pure[0, channel] = 255
    got = run(with_normalization(identity(), scale=(1, 10, 100), bias=(1, 2, 3)), pure)
    wanted = [1.0, 2.0, 3.0]
    wanted[channel] += 255 * 10**channel
    np.testing.assert_array_equal(got, np.broadcast_to(np.reshape(wanted, (1, 3, 1, 1)), SHAPE))


numbers = st.floats(-4, 4, width=32)


@settings(max_examples=25, deadline=None)
@given(scale=st.tuples(*[numbers] * 3), bias=st.tuples(*[numbers] * 3))
def test_any_scale_and_bias(scale, bias):
    got = run(with_normalization(identity(), scale=scale, bias=bias), PICTURE)
    np.testing.assert_allclose(got, outside(PICTURE, scale, bias), rtol=1e-5, atol=1e-4)


def test_the_scale_comes_before_the_bias():
    at_zero = run(with_normalization(identity(), scale=SCALE, bias=BIAS), PICTURE * 0)
    np.testing.assert_array_equal(at_zero[0, :, 0, 0], np.float32(BIAS))


def test_a_model_of_ir_version_3_stays_valid():
    old = with_normalization(identity(ir_version=3), scale=SCALE, bias=BIAS)
    np.testing.assert_allclose(run(old, PICTURE), outside(PICTURE, SCALE, BIAS), rtol=1e-6)


def test_names_and_the_given_model_stay_as_they_were():
    proto = identity()
    before = proto.SerializeToString(deterministic=True)
    normalised = with_normalization(proto, scale=SCALE, bias=BIAS)
    assert proto.SerializeToString(deterministic=True) == before
    assert [v.name for v in normalised.graph.input] == ["image"]
    assert [v.name for v in normalised.graph.output] == ["y"]


@pytest.mark.parametrize("shape", [(1, 2, 2, 3), (1, 3, 2), (1, 1, 2, 2), ("n", 3, 2, 2)])
def test_an_input_that_is_no_picture_is_refused(shape):
    with pytest.raises(GraphError, match=r"--scale/--bias: input image .* is not \(N, 3, H, W\)"):
        with_normalization(identity(shape=shape), scale=SCALE, bias=BIAS)
