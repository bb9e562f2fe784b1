"""Plain forms give what ONNX Runtime gives."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from poseconvert.graph.decompose import plain


@pytest.mark.parametrize("opset", [13, 17, 18, 22])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("p", [1, 2])
def test_lp_normalization_of_numbers_and_of_zeros(p, axis, opset):
    node = helper.make_node("LpNormalization", ["x"], ["y"], axis=axis, p=p)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 3, 4])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    x[0], x[:, 1], x[:, :, 2] = 0, 0, 0
    made = plain(model)
    assert "LpNormalization" not in {one.op_type for one in made.graph.node}
    expected, found = (
        onnxruntime.InferenceSession(one.SerializeToString()).run(None, {"x": x})[0]
        for one in (model, made)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6)
