"""Shapes that follow from the inputs are found, and only those."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.graph.fixed_shapes import with_output_shapes
from poseconvert.graph.shapes import static_shape


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs, [output], **attributes)


def whole(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def network(nodes, weights=(), *, rank=4):
    """A graph of one picture whose output is declared with a symbol on every axis."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, (1, 3, 8, 6))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [f"d{i}" for i in range(rank)])],
        list(weights),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def found(model):
    return static_shape(with_output_shapes(model).graph.output[0])


def padded():
    """Sizes of a padding that are computed from stored numbers."""
    nodes = [node("Concat", ["low", "high"], "pads", axis=0), node("Pad", ["x", "pads"], "y")]
    return network(nodes, [whole("low", 0, 0, 1, 2), whole("high", 0, 0, 3, 4)])


def flat():
    """``view(x.shape[0], -1)``: one size of the shape is taken from the input."""
    nodes = [
        node("Shape", ["x"], "all"),
        node("Gather", ["all", "first"], "n", axis=0),
        node("Concat", ["n", "rest"], "to", axis=0),
        node("Reshape", ["x", "to"], "y"),
    ]
    return network(nodes, [whole("first", 0), whole("rest", -1)], rank=2)


def twice():
    """The sizes of the second padding are a shape behind the first."""
    nodes = [
        node("Mul", ["one", "two"], "pads"),
        node("Pad", ["x", "pads"], "a"),
        node("Shape", ["a"], "sizes"),
        node("Mul", ["sizes", "only_last"], "more"),
        node("Concat", ["nothing", "more"], "again", axis=0),
        node("Pad", ["a", "again"], "y"),
    ]
    weights = [
        whole("one", 0, 0, 0, 0, 0, 0, 1, 0),
        whole("two", *[2] * 8),
        whole("only_last", 0, 0, 0, 1),
        whole("nothing", 0, 0, 0, 0),
    ]
    return network(nodes, weights)


@pytest.mark.parametrize(
    ("model", "shape"),
    [(padded, (1, 3, 12, 12)), (flat, (1, 144)), (twice, (1, 3, 10, 12))],
)
def test_a_shape_that_the_inputs_fix_is_found(model, shape):
    model = model()
    assert static_shape(model.graph.output[0]) is None
    assert found(model) == shape
    session = onnx.reference.ReferenceEvaluator(model)
    (value,) = session.run(None, {"x": np.ones((1, 3, 8, 6), np.float32)})
    assert value.shape == shape


def test_the_nodes_stay_as_they_were_exported():
    model = padded()
    assert with_output_shapes(model).graph.node == model.graph.node


def test_a_shape_that_the_data_decides_stays_open():
    nodes = [
        node("NonZero", ["x"], "where"),
        node("Cast", ["where"], "y", to=TensorProto.FLOAT),
    ]
    assert found(network(nodes, rank=2)) is None


def test_a_padding_by_what_is_in_the_picture_stays_open():
    nodes = [
        node("ReduceMax", ["x"], "most", keepdims=0),
        node("Cast", ["most"], "size", to=TensorProto.INT64),
        node("Mul", ["size", "last"], "pads"),
        node("Pad", ["x", "pads"], "y"),
    ]
    assert found(network(nodes, [whole("last", 0, 0, 0, 0, 0, 0, 0, 1)])) is None
