"""Resize as products with matrices gives what ONNX Runtime gives, or stays."""

import itertools

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.graph.decompose import plain

PICTURE = np.random.default_rng(0).normal(size=(1, 2, 7, 9)).astype(np.float32)
WHERE = "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"
# Up, down, both ways, odd, as they are.
SIZES = (14, 18), (4, 5), (14, 5), (11, 10), (3, 9), (7, 9)


def model(*, sizes=None, scales=None, **attributes):
    stored = []
    if scales is None:
        stored = [numpy_helper.from_array(np.array([1, 2, *sizes], np.int64), "sizes")]
        names = ["x", "", "", "sizes"]
    else:
        stored = [numpy_helper.from_array(np.array([1, 1, *scales], np.float32), "scales")]
        names = ["x", "", "scales"]
    node = helper.make_node("Resize", names, ["y"], **attributes)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node],
        "g",
        [value("x", TensorProto.FLOAT, PICTURE.shape)],
        [value("y", TensorProto.FLOAT, None)],
        stored,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def both(one):
    """The answers of a graph and of its plain form, and the ops of that."""
    made = plain(one)
    found = [
        onnxruntime.InferenceSession(m.SerializeToString()).run(None, {"x": PICTURE})[0]
        for m in (one, made)
    ]
    return *found, {node.op_type for node in made.graph.node}


@pytest.mark.parametrize(("where", "sizes"), itertools.product(WHERE, SIZES))
@pytest.mark.parametrize("mode", ["cubic", "linear"])
def test_sizes(mode, where, sizes):
    expected, found, kinds = both(
        model(sizes=sizes, mode=mode, coordinate_transformation_mode=where)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)
    smaller = sizes[0] < 7 or sizes[1] < 9
    odd = where in ("pytorch_half_pixel", "half_pixel_symmetric")
    assert ("Resize" not in kinds) == (mode == "cubic" or smaller or odd)


@pytest.mark.parametrize("scales", [(2.0, 2.0), (0.8, 0.8), (1.7, 0.6), (0.5, 3.0)])
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("extra", [{}, {"cubic_coeff_a": -0.5}, {"exclude_outside": 1}])
def test_scales_and_coefficients(where, scales, extra):
    expected, found, kinds = both(
        model(scales=scales, mode="cubic", coordinate_transformation_mode=where, **extra)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=2e-5)
    assert "Resize" not in kinds


@pytest.mark.parametrize(
    "attributes",
    [
        {"mode": "nearest"},
        {"mode": "linear"},
        {"mode": "cubic", "antialias": 1},
        {"mode": "cubic", "keep_aspect_ratio_policy": "not_larger"},
        {"mode": "cubic", "coordinate_transformation_mode": "tf_crop_and_resize"},
    ],
)
def test_what_has_an_op_or_another_form_stays(attributes):
    made = plain(model(sizes=(14, 18), **attributes))
    assert [node.op_type for node in made.graph.node] == ["Resize"]
