"""Values of a graph through ONNX Runtime: the same in groups as at once, and few at a time."""

import numpy as np
import pytest

from poseconvert.conversion.golden import read_goldens
from poseconvert.graph.reader import read_onnx
from poseconvert.graph.values import open_graph
from poseconvert.imaging.preprocessing import input_tensor
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.onnx_values import OnnxCut, OnnxValues, groups
from poseconvert.runners.runner import Batch


@pytest.fixture(scope="module")
def opened(tiny_conversion):
    path = tiny_conversion / "model.onnx"
    one = Batch({"image": input_tensor(read_goldens(tiny_conversion).inputs[0][:1])})
    graph = open_graph(read_onnx(path))
    return path, graph, [name for op in graph.ops for name in op.gives], one


def test_groups_keep_order_and_bound_and_a_large_one_is_alone():
    sizes = {"a": 3, "b": 3, "c": 9, "d": 1, "e": 4}
    made = groups(list(sizes), nbytes=sizes.__getitem__, bound=6)
    assert made == (("a", "b"), ("c",), ("d", "e"))


def test_outputs_are_those_of_a_plain_run(opened):
    path, graph, names, one = opened
    values = OnnxValues(graph, path, names=names)
    values.feed(one)
    for name, expected in OnnxRunner(path).run(one).items():
        np.testing.assert_array_equal(values[name], expected)
    np.testing.assert_array_equal(values["image"], one.tensors["image"])


def test_values_in_groups_are_the_same_and_only_one_group_is_held(opened):
    path, graph, names, one = opened
    whole, split = (
        OnnxValues(graph, path, names=names),
        OnnxValues(graph, path, names=names, bound=max(map(graph.nbytes, names))),
    )
    whole.feed(one)
    split.feed(one)
    held = []
    for name in names:
        np.testing.assert_array_equal(split[name], whole[name])
        held.append(split.held)
    assert whole.held == len(names)
    assert max(held) < len(names) / 2
    np.testing.assert_array_equal(split[names[0]], whole[names[0]])


def test_an_op_cut_from_its_graph_gives_what_it_gave_in_it(opened):
    path, graph, names, one = opened
    values = OnnxValues(graph, path, names=names)
    values.feed(one)
    part = OnnxCut(graph, path, at=names)(names[10:14], fed=values.__getitem__, one=one)
    assert list(part) == names[10:14]
    for name, value in part.items():
        np.testing.assert_array_equal(value, values[name])


def test_another_input_lets_go_of_the_last_one(opened):
    path, graph, names, one = opened
    values = OnnxValues(graph, path, names=names)
    values.feed(one)
    before = values[names[3]]
    values.feed(one.map(lambda tensor: 255 - tensor))
    assert values.held == 0
    assert not np.array_equal(values[names[3]], before)
