"""docs/known-upstream-faults.md: every fault is there still, and is what the page says.

A fault that is mended upstream fails here: then the page, and what works around it, go.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, checker, parser, shape_inference

from poseconvert.drift import tensor_drift
from poseconvert.graph.shapes import static_shape
from poseconvert.mil import Executor, read_package
from poseconvert.runners import coreai
from poseconvert.runners.coreai import interpreted
from poseconvert.runners.onnx import session
from poseconvert.stages.coreml_by_onnx2coreml import by_onnx2coreml
from poseconvert.stages.coreml_by_onnxsim import by_onnxsim
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.coreml_package import package_inputs, quiet_coremltools

PAGE = Path(__file__).parents[2] / "docs" / "known-upstream-faults.md"
FAULT = re.compile(
    r"^### (?P<route>[\w-]+): (?P<title>[^\n]+)\n\n```\n(?P<model>[^`]+)```\n\n"
    r"(?s:(?!^#).)*?^Observed: (?P<seen>[^\n]+)\.$",
    re.MULTILINE,
)
FAULTS = [match.groupdict() for match in FAULT.finditer(PAGE.read_text())]
BY = {"onnx2coreml": by_onnx2coreml, "onnxsim": by_onnxsim}
JUDGE = "coreai-onnx"
OPTIONS = CoreMLOptions(precision="fp32")


def observed(route: str, model: ModelProto, folder: Path) -> str:
    """Convert with the library alone, none of our rewriting before it, and say what is wrong."""
    value = np.random.default_rng(0).normal(size=static_shape(model.graph.input[0]))
    feed = {model.graph.input[0].name: value.astype(np.float32)}
    (expected,) = session(model, folder).run(None, feed)
    if route == JUDGE:
        ((found,),) = (one.values() for one in interpreted(model, [feed], name=route))
        return drifted(expected, found)
    with quiet_coremltools():
        package = BY[route](model, package_inputs(model, OPTIONS), OPTIONS)
    package.save(str(folder / "p.mlpackage"))
    (declared,) = package.get_spec().description.output
    if (shape := tuple(declared.type.multiArrayType.shape)) != expected.shape:
        return f"shape {shape} instead of {expected.shape}"
    executor = Executor(read_package(folder / "p.mlpackage"), precision="fp32")
    (found,) = executor.run(feed).values()
    return drifted(expected, found)


def drifted(expected, found) -> str:
    drift = tensor_drift(expected, found)
    return f"drift {drift.relative:.2g} of the range" if drift.relative > 1e-5 else "equal"


def test_the_page_has_faults_of_both_converters():
    assert {fault["route"] for fault in FAULTS} == {*BY, JUDGE}
    assert PAGE.read_text().count("\n### ") == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['route']}: {fault['title']}")
def test_the_fault_is_as_described(fault, tmp_path):
    if fault["route"] == JUDGE and not coreai.available():
        pytest.skip("the extra coreai is not installed: pip install -e '.[coreai]'")
    model = shape_inference.infer_shapes(parser.parse_model(fault["model"]))
    checker.check_model(model)

    assert observed(fault["route"], model, tmp_path) == fault["seen"]


def test_what_is_right_is_seen_as_equal(tmp_path):
    text = """<ir_version: 8, opset_import: ["" : 18]>
    g (float[1,1,5,5] x) => (float[1,1,4,4] y) { y = MaxPool<kernel_shape=[2,2]>(x) }"""

    for route in BY:
        folder = tmp_path / route
        folder.mkdir()
        assert observed(route, parser.parse_model(text), folder) == "equal"
