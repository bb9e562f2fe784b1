"""A part of a graph as a model: it computes what the whole graph computed there."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper, parser

from poseconvert.graph.extract import excerpt
from poseconvert.graph.values import open_graph

GRAPH = """
<ir_version: 8, opset_import: ["" : 18]>
g (float[1,4] image) => (float[1,4] out)
<float[1] two = {2}>
{
  a = Mul(image, two)
  x = Relu(a)
  b = Add(x, image)
  y = Sub(b, x)
  out = Neg(y)
}
"""
ONE = np.array([[-1, 2, 0.5, -3]], np.float32)


def run(model, fed, names=None):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(names, fed)


@pytest.fixture(scope="module")
def whole():
    """Every value of the graph, from a run of all of it."""
    model = parser.parse_model(GRAPH)
    names = [name for node in model.graph.node for name in node.output]
    every = onnx.ModelProto()
    every.CopyFrom(model)
    del every.graph.output[:]
    every.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 4)) for name in names
    )
    return {"image": ONE, **dict(zip(names, run(every, {"image": ONE}, names), strict=True))}


@pytest.mark.parametrize(
    ("value", "inside", "ops", "reads"),
    [
        ("x", {"x"}, ["Relu"], {"a"}),
        ("y", {"y"}, ["Sub"], {"b", "x"}),
        ("y", {"y", "b"}, ["Add", "Sub"], {"x", "image"}),
        ("out", {"out", "y", "b", "x", "a"}, ["Mul", "Relu", "Add", "Sub", "Neg"], {"image"}),
    ],
)
def test_it_gives_what_the_whole_graph_gave_there(value, inside, ops, reads, whole):
    opened = open_graph(parser.parse_model(GRAPH))

    part = excerpt(opened, value, inside=inside, shape_of=lambda name: whole[name].shape)

    onnx.checker.check_model(part.model, full_check=True)
    assert [node.op_type for node in part.model.graph.node] == ops
    assert set(part.inputs.values()) == reads
    (found,) = run(part.model, {name: whole[own] for name, own in part.inputs.items()})
    np.testing.assert_array_equal(found, whole[value])


def test_names_at_the_edge_are_short_and_nobody_elses(whole):
    opened = open_graph(parser.parse_model(GRAPH))

    part = excerpt(opened, "b", inside={"b", "x"}, shape_of=lambda name: whole[name].shape)

    assert sorted(part.inputs) == ["x2", "x3"]  # the part has an x of its own
    assert [value.name for value in part.model.graph.output] == ["y"]


def test_traces_of_where_it_was_exported_are_gone():
    model = parser.parse_model(GRAPH)
    node = model.graph.node[1]
    node.doc_string = "a secret"
    node.metadata_props.add(key="pkg.torch.onnx.stack_trace", value="File /a/secret.py")
    model.producer_name = "a secret"

    part = excerpt(open_graph(model), "x", inside={"x"}, shape_of=lambda name: (1, 4))

    assert b"secret" not in part.model.SerializeToString()


def test_a_value_that_a_branch_reads_is_an_input_and_is_renamed_there():
    shape = (1, 4)
    branch = [
        helper.make_graph(
            [helper.make_node(op, ["a"], [f"{op}_out"])],
            op,
            [],
            [helper.make_tensor_value_info(f"{op}_out", TensorProto.FLOAT, shape)],
        )
        for op in ("Relu", "Neg")
    ]
    made = helper.make_graph(
        [
            helper.make_node("Exp", ["image"], ["a"]),
            helper.make_node("ReduceMax", ["a"], ["most"], keepdims=0),
            helper.make_node("Greater", ["most", "limit"], ["large"]),
            helper.make_node(
                "If", ["large"], ["out"], then_branch=branch[0], else_branch=branch[1]
            ),
        ],
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.array(1e6, np.float32), "limit")],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)

    shapes = {"a": shape, "large": (), "out": shape}
    part = excerpt(open_graph(model), "out", inside={"out"}, shape_of=shapes.__getitem__)

    fed = {"a": np.array([[1, 2, 3, 4]], np.float32), "large": np.array(False)}
    (found,) = run(part.model, {name: fed[own] for name, own in part.inputs.items()})
    np.testing.assert_array_equal(found, -fed["a"])
