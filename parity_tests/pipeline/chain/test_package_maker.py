"""A package that stands is not made again, and what failed does not stand."""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.errors import RouteError
from poseconvert.pipeline.chain.package_maker import PackageMaker
from poseconvert.stages.coreml_options import CoreMLOptions, Way

GRAPH = Way("onnx2coreml")


@pytest.fixture
def maker(tmp_path):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])
    weight = numpy_helper.from_array(np.ones((1, 3), np.float32), "w")
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", [x], [y], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return PackageMaker(model, tmp_path / "p.mlpackage", network=None, progress=lambda step: None)


def test_the_same_package_is_made_once(maker):
    graph = maker.graph.SerializeToString(deterministic=True)
    half, whole = CoreMLOptions(precision="fp16"), CoreMLOptions(precision="fp32")
    found = [maker.make(GRAPH, options) for options in (half, half, whole, whole, half)]
    assert found == [True, False, True, False, True]
    assert maker.made == 3
    assert maker.graph.SerializeToString(deterministic=True) == graph


def test_what_failed_does_not_stand(maker):
    options = CoreMLOptions()
    assert maker.make(GRAPH, options)
    with pytest.raises(RouteError, match="needs the PyTorch source"):
        maker.make(Way("torch"), options)
    assert not maker.path.exists()
    assert maker.make(GRAPH, options)
