"""Values inside ONNX graphs: listed, given out, cut, with the module torch notes on a node."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from poseconvert.graph.values import FED, UNKNOWN_BYTES, cut, giving, open_graph, without_unused

X = np.array([[1.0, -2.0]], np.float32)


def model(nodes, outputs=("y",), **weights):
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2]) for name in outputs],
        [numpy_helper.from_array(np.float32(value), name) for name, value in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


def node(type, reads, gives, **changes):
    return helper.make_node(type, list(reads), [gives], name=changes.pop("name", type), **changes)


@pytest.fixture
def chain():
    nodes = [node("Mul", ["x", "two"], "a"), node("Relu", ["a"], "b"), node("Add", ["b", "x"], "y")]
    return open_graph(model(nodes, two=2))


def run(made, **fed):
    return ReferenceEvaluator(made).run(None, fed)


def test_ops_are_listed_with_what_depends_on_the_input(chain):
    assert [(op.name, op.reads, op.gives) for op in chain.ops] == [
        ("Mul", ("x",), ("a",)), ("Relu", ("a",), ("b",)), ("Add", ("b", "x"), ("y",)),
    ]  # fmt: skip
    assert chain.nbytes("a") == 8
    assert chain.nbytes("nowhere") == UNKNOWN_BYTES


def test_what_depends_on_no_input_is_no_op():
    nodes = [node("Neg", ["two"], "minus"), node("Mul", ["x", "minus"], "y")]
    assert [op.type for op in open_graph(model(nodes, two=2)).ops] == ["Mul"]


def test_inner_values_can_be_given_out(chain):
    a, b = run(giving(chain, ["a", "b"]), x=X)
    np.testing.assert_array_equal(a, [[2, -4]])
    np.testing.assert_array_equal(b, [[2, 0]])


def test_a_cut_value_is_computed_for_the_caller_and_fed_to_its_readers(chain):
    opened = cut(chain, ["a"], giving=["a", "b"])
    a, b = run(opened, x=X, **{"a" + FED: np.array([[-1.0, 7.0]], np.float32)})
    np.testing.assert_array_equal(a, [[2, -4]])
    np.testing.assert_array_equal(b, [[0, 7]])


def test_what_the_outputs_do_not_need_is_left_away(chain):
    part = without_unused(cut(chain, ["a", "b"], giving=["y"]))
    assert [n.op_type for n in part.graph.node] == ["Add"]
    assert {value.name for value in part.graph.input} == {"b" + FED, "x"}
    assert not part.graph.initializer


def branches():
    """An If whose branches read ``a`` from around it; one makes an ``x2`` of its own."""
    out = helper.make_tensor_value_info("then_y", TensorProto.FLOAT, [1, 2])
    other = helper.make_tensor_value_info("else_y", TensorProto.FLOAT, [1, 2])
    then = helper.make_graph([node("Relu", ["a"], "then_y", name="inner")], "then", [], [out])
    otherwise = helper.make_graph(
        [node("Neg", ["a"], "x2", name="n"), node("Exp", ["x2"], "else_y", name="e")],
        "else", [], [other],
    )  # fmt: skip
    yes = numpy_helper.from_array(np.array(True), "yes")
    made = model(
        [node("Mul", ["x", "two"], "a"),
         node("If", ["yes"], "y", then_branch=then, else_branch=otherwise)],
        two=2,
    )  # fmt: skip
    made.graph.initializer.append(yes)
    return open_graph(made)


def test_nested_ops_are_listed_with_their_owner_which_reads_what_they_read():
    owner = branches().ops[1]
    assert (owner.type, owner.reads) == ("If", ("a",))
    assert set(owner.nested) == {"inner", "n", "e"}


def test_a_cut_reaches_into_nested_graphs():
    opened = without_unused(cut(branches(), ["a"], giving=["y"]))
    onnx.checker.check_model(opened)
    (y,) = run(opened, **{"a" + FED: np.array([[5.0, -5.0]], np.float32)})
    np.testing.assert_array_equal(y, [[5, 0]])


def scoped(scopes, reads=("x", "two")):
    made = node("Mul", reads, "y")
    entry = made.metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.name_scopes", scopes
    return open_graph(model([made], **{name: 2 for name in reads if name != "x"})).ops[0].module


@pytest.mark.parametrize(
    ("scopes", "module"),
    [("['', 'blocks', 'blocks.0', 'mul_1']", "blocks.0"), ("['', 'mul_1']", ""), ("['mul']", ""),
     ("not a list", ""), ("'text'", ""), ("__import__('os')", "")],
)  # fmt: skip
def test_the_module_is_the_innermost_scope(scopes, module):
    assert scoped(scopes) == module


def test_an_op_with_a_weight_is_of_the_module_that_owns_it():
    assert scoped("['', 'stem.norm', 'bn']", ("x", "stem.conv.weight")) == "stem.conv"
