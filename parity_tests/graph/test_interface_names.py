"""Inputs and outputs get names that Core ML can hold; the graph computes what it did."""

import re

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from poseconvert.graph.interface_names import core_ml_names, with_core_ml_names

X = np.random.default_rng(3).normal(size=(1, 4)).astype(np.float32)


def value(name):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 4))


def network(taken, given, *, inner=()):
    """Output i is the input plus i, by way of the inner value i where there is one."""
    nodes, weights = [], []
    for index, name in enumerate(given):
        weights.append(numpy_helper.from_array(np.float32(index), f"weight{index}"))
        between = inner[index] if index < len(inner) else f"between{index}"
        nodes.append(helper.make_node("Add", [taken, f"weight{index}"], [between]))
        nodes.append(helper.make_node("Identity", [between], [name]))
    graph = helper.make_graph(nodes, "g", [value(taken)], list(map(value, given)), weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def run(proto, name):
    onnx.checker.check_model(proto)
    return onnxruntime.InferenceSession(proto.SerializeToString()).run(None, {name: X})


@pytest.mark.parametrize(
    ("taken", "given", "names"),
    [
        ("input", ["3"], {"3": "output_3"}),
        ("input.1", ["y"], {"input.1": "input_1"}),
        ("x", ["a/b:0"], {"a/b:0": "a_b_0"}),
        ("画像", ["出力"], {"画像": "input", "出力": "output"}),
        ("x", ["état"], {"état": "tat"}),
        ("x", ["a.b", "a_b"], {"a.b": "a_b_2"}),
        ("x", ["a.b", "a:b", "a/b"], {"a.b": "a_b", "a:b": "a_b_2", "a/b": "a_b_3"}),
        ("state", ["tensor"], {"state": "input_state", "tensor": "output_tensor"}),
        ("_x", ["1", "2"], {"_x": "x", "1": "output_1", "2": "output_2"}),
        ("x", ["x.", "y"], {"x.": "x_2"}),
        ("image", ["heatmap", "Heatmap_2"], {}),
    ],
)
def test_only_what_is_no_identifier_is_renamed(taken, given, names):
    assert core_ml_names(network(taken, given)) == names


def test_names_that_fit_leave_the_graph_as_it_is():
    proto = network("image", ["heatmap"])
    assert with_core_ml_names(proto) is proto


def test_a_weight_that_has_the_name_makes_another_one():
    proto = network("x", ["weight0."])
    assert core_ml_names(proto) == {"weight0.": "weight0_2"}


def test_an_inner_value_that_would_become_the_output_is_renamed():
    proto = with_core_ml_names(network("x", ["a_b"], inner=["a/b"]))
    assert [output.name for output in proto.graph.output] == ["a_b"]
    assert "a/b" not in {name for node in proto.graph.node for name in node.output}
    np.testing.assert_array_equal(run(proto, "x"), [X])


def test_an_input_used_only_in_a_branch_is_renamed_there():
    branch = helper.make_graph([helper.make_node("Abs", ["1"], ["t"])], "b", [], [value("t")])
    choice = helper.make_node("If", ["c"], ["2"], then_branch=branch, else_branch=branch)
    graph = helper.make_graph(
        [choice], "g", [value("1")], [value("2")], [numpy_helper.from_array(np.array(True), "c")]
    )
    opsets = [helper.make_opsetid("", 18)]
    proto = with_core_ml_names(helper.make_model(graph, opset_imports=opsets, ir_version=8))
    np.testing.assert_array_equal(run(proto, "input_1"), [np.abs(X)])


@given(st.lists(st.text("ab_1.:/é ", min_size=1, max_size=4), min_size=2, max_size=6, unique=True))
def test_any_names_become_different_identifiers_and_values_stay(names):
    taken, *given = names
    proto = network(taken, given)
    made = with_core_ml_names(proto)
    shown = [value.name for value in (*made.graph.input, *made.graph.output)]
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in shown)
    every = {name for node in made.graph.node for name in node.output} | {shown[0]}
    plain = [re.sub(r"[^A-Za-z0-9_]", "_", name) for name in every]
    assert len(set(plain)) == len(every)
    np.testing.assert_array_equal(run(made, shown[0]), run(proto, taken))
