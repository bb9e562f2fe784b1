"""The graph with the weights of a float16 package, by hand and beside what coremltools writes."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.runners.rounded_weights import in_float16, knows, with_rounded_weights

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(3, 4)).astype(np.float32)
DIVISOR = np.array(127.5, np.float32)


def graph(*, constant=False):
    """Give x / 127.5 times a weight, plus a bias; the divisor is stored, or a Constant node's."""
    stored = {"weight": WEIGHT, "bias": RNG.normal(size=4).astype(np.float32)}
    nodes = [
        helper.make_node("Div", ["x", "divisor"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "weight", "bias"], ["y"]),
    ]
    if constant:
        value = numpy_helper.from_array(DIVISOR)
        nodes.insert(0, helper.make_node("Constant", [], ["divisor"], value=value))
    else:
        stored["divisor"] = DIVISOR
    return helper.make_model(
        helper.make_graph(
            nodes,
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 4])],
            [numpy_helper.from_array(values, name) for name, values in stored.items()],
        )
    )


def numbers(model):
    found = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant":
            found[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)
    return found


@pytest.mark.parametrize("constant", [False, True])
def test_weights_are_rounded_and_a_divisor_is_the_factor_that_core_ml_stores(constant):
    found = numbers(in_float16(graph(constant=constant)))
    np.testing.assert_array_equal(found["weight"], WEIGHT.astype(np.float16).astype(np.float32))
    factor = np.float32(np.float16(1 / DIVISOR))
    assert found["divisor"] == 1 / factor
    assert found["divisor"] != DIVISOR


def test_ops_that_stay_float32_keep_their_weights():
    for name in ("weight", "y"):
        found = numbers(in_float16(graph(), keep=[name]))
        np.testing.assert_array_equal(found["weight"], WEIGHT)
        assert found["divisor"] != DIVISOR


def test_the_graph_is_changed_in_a_copy():
    model = graph()
    in_float16(model)
    with_rounded_weights(model)
    np.testing.assert_array_equal(numbers(model)["weight"], WEIGHT)


def test_drawn_weights_are_as_far_away_as_rounding_takes_them():
    moved = numbers(with_rounded_weights(graph()))["weight"]
    share = np.abs(moved / WEIGHT - 1)
    assert 0 < share.max() <= 2.0**-11 * 1.001


def test_a_graph_knows_its_weights_and_its_results():
    assert knows(graph(), ["weight", "scaled"])
    assert not knows(graph(), ["weight", "weight_1"])
