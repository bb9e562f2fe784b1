"""What float16 weights do not explain is a fault, however much they do explain."""

from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save

from poseconvert.drift import EXECUTOR, Parity, Run, rejudged, yardstick_of
from poseconvert.pipeline.chain.evaluate import Evaluation, Link
from poseconvert.pipeline.chain.fault import fault_of
from poseconvert.pipeline.chain.inputs import Inputs
from poseconvert.pipeline.chain.judge import judge_chain
from poseconvert.pipeline.chain.rounded import with_rounded
from poseconvert.stages.stage import COREML_FROM_ONNX, PACKAGE, SIMPLIFIED, SIMPLIFIED_FROM_ONNX

RNG = np.random.default_rng(5)
INPUTS = Inputs(("one", "two"), {"x": np.zeros((2, 3), np.float32)}, ("pattern", "pattern"))
VALUES = RNG.normal(0, 1, (2, 5, 8, 8)).astype(np.float32)
# A twentieth of the spread, as PoseNet's float16 weights give.
ROUNDED = (VALUES + 0.05 * RNG.normal(0, 1, VALUES.shape)).astype(np.float32)
YARDSTICKS = {"heatmap": yardstick_of(VALUES, moved=[VALUES], rounded=ROUNDED)}
FP16 = replace(COREML_FROM_ONNX.tolerance("fp16"), psnr_db=30.0)  # noise of a network has peaks


def judged(package, *, rounded=ROUNDED, modes=("fp32",)):
    simplified = Evaluation(
        Link(SIMPLIFIED, SIMPLIFIED_FROM_ONNX.name, None),
        Run(SIMPLIFIED, "ONNX Runtime"),
        {"heatmap": VALUES},
        yardsticks=YARDSTICKS,
        rounded={} if rounded is None else {"heatmap": rounded},
    )
    link = Link(PACKAGE, COREML_FROM_ONNX.name, None, FP16)
    made = [Evaluation(link, Run(PACKAGE, EXECUTOR, one), {"heatmap": package}) for one in modes]
    return judge_chain([simplified, *made], INPUTS, specs=(), precision="fp16")


def scaled(share):
    changed = ROUNDED.copy()
    changed[:, 3] *= 1 + share
    return changed


def test_what_rounded_weights_give_is_held_and_a_hundredth_of_a_channel_would_be_seen():
    (found,) = judged(ROUNDED + np.float32(1e-6)).comparisons
    assert found.parity is Parity.HELD
    assert [output.reason for output in found.beyond] == [""]
    assert found.controls[0].seen
    assert 0.005 < found.controls[0].change < 0.015


def test_without_that_graph_a_tenth_passes_and_the_control_says_so():
    (found,) = judged(scaled(0.03), rounded=None).comparisons
    assert (found.parity, found.beyond) == (Parity.HELD, ())
    assert found.controls[0].change > 0.1


@pytest.mark.parametrize("share", [0.015, 0.03])
def test_a_channel_that_they_do_not_explain_is_a_conversion_fault(share, tmp_path):
    result = judged(scaled(share), modes=("fp16", "fp32"))
    found = result.comparisons[1]
    assert found.parity is Parity.BROKEN
    assert "not explained by float16 weights: heatmap: channel 3" in found.reasons[0]
    assert rejudged(found, found.tolerance).reasons == found.reasons
    fault = fault_of(result, INPUTS, graph=tmp_path / "none.onnx", precision="fp16")
    assert fault.word == "conversion fault"


def test_a_drift_too_large_to_hold_that_they_explain_is_float16_rounding(tmp_path):
    far = (VALUES + 0.5 * RNG.normal(0, 1, VALUES.shape)).astype(np.float32)
    result = judged(far, rounded=far, modes=("fp16", "fp32"))
    assert {row.parity for row in result.comparisons} == {Parity.BROKEN}
    fault = fault_of(result, INPUTS, graph=tmp_path / "none.onnx", precision="fp16")
    assert fault.word == "float16 rounding"


def test_a_tolerance_that_the_user_gives_counts_for_the_rest_too():
    (found,) = judged(scaled(0.03)).comparisons
    assert rejudged(found, replace(found.tolerance, channel_db=25.0)).parity is Parity.HELD


@pytest.mark.parametrize("mode", ["fp16", ""])
def test_a_run_that_rounds_results_is_not_compared_with_that_graph(mode):
    (found,) = judged(ROUNDED, modes=(mode,)).comparisons
    assert found.beyond == ()


def weighted(tmp_path, values):
    model = helper.make_model(
        helper.make_graph(
            [helper.make_node("MatMul", ["x", "weight"], ["y"])],
            "g",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
            [numpy_helper.from_array(np.asarray(values, np.float32), "weight")],
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    save(model, tmp_path / SIMPLIFIED)
    link = Link(SIMPLIFIED, SIMPLIFIED_FROM_ONNX.name, None)
    ran = Evaluation(link, Run(SIMPLIFIED, "ONNX Runtime"), {"y": np.ones((2, 3), np.float32)})
    other = Evaluation(replace(link, artifact="model.onnx"), Run("model.onnx"), dict(ran.outputs))
    inputs = Inputs(("one", "two"), {"x": np.ones((2, 3), np.float32)}, ("random", "random"))
    return tmp_path / SIMPLIFIED, [other, ran], inputs


def test_the_graph_runs_with_rounded_weights_and_with_those_that_stay(tmp_path):
    weight = RNG.normal(size=(3, 3))
    graph, chain, inputs = weighted(tmp_path, weight)
    half = weight.astype(np.float32).astype(np.float16).astype(np.float32)
    for keep, expected in (((), half), (("weight",), weight)):
        other, found = with_rounded(chain, graph, inputs, keep=keep)
        assert other.rounded == {}
        np.testing.assert_allclose(found.rounded["y"][0], expected.sum(0), rtol=1e-6)


@pytest.mark.parametrize(("largest", "keep"), [(1e5, ()), (1.0, ("weight_1",))])
def test_weights_beyond_float16_or_unknown_ones_say_nothing(tmp_path, largest, keep):
    graph, chain, inputs = weighted(tmp_path, np.full((3, 3), largest))
    assert with_rounded(chain, graph, inputs, keep=keep)[1].rounded == {}
