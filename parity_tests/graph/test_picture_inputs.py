"""Pictures of integers or with channels last become float32 (N, 3, H, W), with the same answers."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.graph.picture_inputs import channels_first, takes_integers, with_float_pictures

RNG = np.random.default_rng(0)
NUMPY = {
    "uint8": np.uint8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
    "float16": np.float16, "double": np.float64, "float": np.float32,
}  # fmt: skip


def network(kind, *, last, shape=None):
    """A cast, a transpose where channels are last, and a filter."""
    shape = shape or ([1, 40, 36, 3] if last else [1, 3, 40, 36])
    weight = numpy_helper.from_array(RNG.normal(size=(2, 3, 3, 3)).astype(np.float32), "w")
    nodes = [
        helper.make_node("Cast", ["picture"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["f"], ["x"], perm=[0, 3, 1, 2] if last else [0, 1, 2, 3]),
        helper.make_node("Conv", ["x", "w"], ["y"]),
    ]
    value = helper.make_tensor_value_info("picture", getattr(TensorProto, kind.upper()), shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, None, None])
    graph = helper.make_graph(nodes, "g", [value], [y], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(model, picture):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"picture": picture})[0]


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("kind", NUMPY)
def test_the_answers_are_those_of_the_declared_picture(kind, last):
    if kind == "float" and not last:
        pytest.skip("is what Core ML takes already; see below")
    model = network(kind, last=last)
    made, notes = with_float_pictures(model)
    onnx.checker.check_model(made, full_check=True)
    picture = RNG.integers(0, 256, (1, 3, 40, 36))
    declared = picture.transpose(0, 2, 3, 1) if last else picture
    expected = run(model, declared.astype(NUMPY[kind]))
    np.testing.assert_array_equal(run(made, picture.astype(np.float32)), expected)
    (note,) = notes
    assert ("channels last" in note) == last
    assert (f"of {kind}" in note) == (kind != "float")
    assert takes_integers(model) == ("int" in kind)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("float", [1, 3, 40, 36]),  # a picture already
        ("float", [1, 243, 17, 3]),  # frames, joints, coordinates
        ("int64", [1, 17, 2, 3]),
        ("float", [1, 3, 40, 3]),
        ("bool", [1, 3, 40, 36]),
        ("string", [1, 3, 40, 36]),
        ("float", [40, 36, 3]),
    ],
)
def test_what_is_no_such_picture_stays(kind, shape):
    model = network(kind, last=False, shape=shape)
    made, notes = with_float_pictures(model)
    assert made is model
    assert notes == ()
    assert not takes_integers(model)


def test_open_sides_stay_open():
    made, _ = with_float_pictures(network("uint8", last=True, shape=["N", "H", "W", 3]))
    dims = made.graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_param or dim.dim_value for dim in dims] == ["N", 3, "H", "W"]


def test_shapes_are_turned_with_the_picture():
    assert channels_first((1, 256, 192, 3)) == (1, 3, 256, 192)
    assert channels_first((1, 3, 256, 192)) == (1, 3, 256, 192)
    assert channels_first((1, 17)) == (1, 17)
