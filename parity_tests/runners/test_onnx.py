"""ONNX Runtime computes the graph as it is written: its own fusions must not be the drift."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from poseconvert.runners.onnx import session


def test_no_graph_optimisation_is_on_and_a_sum_is_taken_step_by_step():
    """x + big - big is 0 in float32; reordered, it would be x."""
    graph = onnx.parser.parse_graph(
        "g (float[1] x) => (float[1] y) <float[1] big = {1e8}>"
        " { grown = Add(x, big) y = Sub(grown, big) }"
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    opened = session(model, Path("sum.onnx"))
    (y,) = opened.run(None, {"x": np.ones(1, np.float32)})
    assert y.tolist() == [0.0]
    level = opened.get_session_options().graph_optimization_level
    assert level == onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
