"""Shapes are inferred by onnx, or refused in one line."""

from functools import partial

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import GraphError
from poseconvert.graph.cost import macs_by_value
from poseconvert.graph.decompose import plain
from poseconvert.graph.fold_constants import with_constants_folded
from poseconvert.graph.reader import with_input_shape
from poseconvert.graph.shapes import with_shapes
from poseconvert.graph.values import open_graph


def graph_giving_its_weight(declared):
    """A graph that gives a weight (8, 3), said to be ``declared``; onnx's checker accepts it."""
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])
    weight = numpy_helper.from_array(np.zeros((8, 3), np.float32), "w")
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [8, 3])
    w = helper.make_tensor_value_info("w", TensorProto.FLOAT, declared)
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    graph = helper.make_graph(nodes, "g", [x], [y, w], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


READERS = {
    "with_shapes": with_shapes,
    "with_input_shape": partial(with_input_shape, name="x", shape=(1, 3)),
    "macs_by_value": macs_by_value,
    "plain": plain,
    "with_constants_folded": with_constants_folded,
    "open_graph": open_graph,
}


@pytest.mark.parametrize("reader", READERS)
def test_shapes_that_contradict_are_refused_by_every_reader(reader):
    assert READERS[reader](graph_giving_its_weight([8, 3])) is not None
    with pytest.raises(GraphError, match=r"contradict each other .*\(8\) vs \(1\)") as caught:
        READERS[reader](graph_giving_its_weight([1, 3]))
    assert "\n" not in str(caught.value)
