"""What must stay float32 for joints to stay within a budget: graphs whose answer is known."""

import json
import math

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from poseconvert.decoding import DecodeSpec
from poseconvert.drift import JointDrift, Parity
from poseconvert.pipeline.chain import package_maker
from poseconvert.pipeline.chain.conversion import open_whole_conversion
from poseconvert.pipeline.chain.inputs import picture_inputs
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.float16.activation_noise import rounding_noises
from poseconvert.pipeline.tune.budget import Case, case_drift
from poseconvert.pipeline.tune.tune import tune
from poseconvert.runners.runner import Batch
from poseconvert.stages.coreml_options import CoreMLOptions

SIDE = 16
LOWER, HIGHER = (2, 3), (12, 9)  # pixels: the second is the peak, and comes later
APART = math.dist(LOWER, HIGHER)

SPEC = DecodeSpec(
    skeleton="numbered_1",
    joints=1,
    grid=(SIDE, SIDE),
    stride=(1.0, 1.0),
    size=(SIDE, SIDE),
    heatmap="heatmap",
    refinement="none",
).to_dict()


def graph(nodes, weights):
    sides = (SIDE, SIDE)
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, *sides))],
        [helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, (1, 1, *sides))],
        [numpy_helper.from_array(np.asarray(v, np.float32), k) for k, v in weights.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def a_sigmoid_at_its_plateau():
    """Logits of 8.5 and 9: their sigmoids differ by 8e-5, and float16 calls both 1."""
    nodes = [
        helper.make_node("Conv", ["image", "head"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["heatmap"]),
    ]
    return graph(nodes, {"head": np.full((1, 3, 1, 1), 9 / 255 / 3)}), (241, 255)


def two_weights_that_round_to_one():
    """Red and green weigh 0.036 and 0.03601, which float16 cannot tell apart; so does the head."""
    nodes = [
        helper.make_node("Conv", ["image", "plain"], ["same"]),
        helper.make_node("Conv", ["same", "head"], ["heatmap"]),
    ]
    weights = {
        "plain": np.eye(3).reshape(3, 3, 1, 1),
        "head": np.reshape([0.036, 0.03601, 0], (1, 3, 1, 1)),
    }
    return graph(nodes, weights), ((255, 0, 0), (0, 255, 0))


def nothing_to_round():
    """One pixel twice as bright as the other."""
    nodes = [helper.make_node("Conv", ["image", "head"], ["heatmap"])]
    return graph(nodes, {"head": np.full((1, 3, 1, 1), 1 / 256)}), (100, 200)


@pytest.fixture
def made(tmp_path):
    """Convert a graph and draw its picture: two pixels, the higher one behind the lower one."""

    def make(built, activation="linear"):
        model, values = built
        onnx.save(model, tmp_path / "m.onnx")
        (tmp_path / "spec.json").write_text(json.dumps([SPEC | {"activation": activation}]))
        pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
        for place, value in zip((LOWER, HIGHER), values, strict=True):
            pixels[place] = value
        Image.fromarray(pixels).save(tmp_path / "p.png")
        folder = tmp_path / "m.poseconvert"
        folder.mkdir()
        options = ConvertOptions(
            decode=str(tmp_path / "spec.json"), rescue=False, coreml=CoreMLOptions()
        )
        convert(
            tmp_path / "m.onnx",
            folder,
            target=folder,
            options=options,
            progress=lambda step: None,
        )
        return folder, tmp_path / "p.png"

    return make


def tuned(folder, picture, budget=0.5):
    conversion = open_whole_conversion(folder)
    inputs = picture_inputs([picture], conversion.pictured)
    return tune(conversion, inputs, budget=budget, progress=lambda step: None)


def test_a_sigmoid_that_ends_the_graph_is_kept_float32_before_any_weight_is(made):
    found = tuned(*made(a_sigmoid_at_its_plateau(), "probability"))

    assert found.endings == ("heatmap",)
    assert found.before.worst.px == pytest.approx(APART)
    assert found.before.worst.flips == 1
    assert found.answer.options.keep_fp32 == ("heatmap",)
    assert found.answer.worst.px == 0
    assert found.answer.price.macs_fp32 == 0
    assert found.parity is Parity.HELD


def test_the_op_whose_weights_must_differ_is_kept_and_the_other_is_not(made):
    found = tuned(*made(two_weights_that_round_to_one()))

    assert found.ops == 2
    assert found.answer.options.keep_fp32 == ("head",)
    assert found.answer.options.precision == "fp16"
    assert found.answer.price.macs == SIDE * SIDE * (9 + 3)
    assert found.answer.price.macs_fp32 == SIDE * SIDE * 3
    assert {one.case.mode for one in found.answer.cases} == {
        "fp16", "fp16-promoted", "fp16-accumulate",
    }  # fmt: skip


def test_where_float16_is_enough_nothing_is_kept_and_one_package_is_made(made):
    found = tuned(*made(nothing_to_round()))

    assert found.answer == found.before
    assert found.answer.options.keep_fp32 == ()
    assert found.tried == 1


def test_a_budget_wider_than_the_flip_holds_with_all_in_float16(made):
    found = tuned(*made(a_sigmoid_at_its_plateau(), "probability"), budget=APART + 0.1)

    assert found.answer.options.keep_fp32 == ()
    assert found.answer.worst.flips == 1


def test_without_a_visible_joint_nothing_is_established(made):
    folder, picture = made(nothing_to_round())
    Image.new("RGB", (SIDE, SIDE), (9, 9, 9)).save(picture)

    found = tuned(folder, picture)

    assert found.parity is Parity.NOT_RUN
    assert found.answer is None
    assert found.hidden == 1
    assert "no visible joint" in found.reason


def test_where_float32_moves_joints_too_there_is_no_answer(made):
    """A converter that negates the weights: the peak becomes the least value."""
    folder, picture = made(nothing_to_round())
    conversion = open_whole_conversion(folder)
    inputs = picture_inputs([picture], conversion.pictured)
    true = package_maker.coreml_from_onnx

    def negated(graph, path, **options):
        model = onnx.ModelProto()
        model.CopyFrom(graph)
        weight = model.graph.initializer[0]
        weight.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(weight), weight.name))
        true(model, path, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package_maker, "coreml_from_onnx", negated)
        found = tune(conversion, inputs, budget=0.5, progress=lambda step: None)

    assert found.parity is Parity.BROKEN
    assert found.answer is None
    assert found.reason.startswith("even all of it in float32 moves joint0 on p by")


def drift(*, band="visible", px=0.0, standing="safe", seen=False, joint="j"):
    return JointDrift(joint, "p", "2d", band, px, 0.0, 0.9, 0.9, 1.0, standing, seen)


def test_a_flipped_visible_joint_counts_with_its_displacement():
    found = case_drift(Case(0, "p", "fp16"), [drift(px=0.1), drift(px=7.0, standing="flipped")])

    assert (found.px, found.flips, found.visible) == (7.0, 1, 2)


def test_hidden_joints_are_apart_and_absent_ones_are_out():
    drifts = [
        drift(px=0.2),
        drift(band="occluded", px=50.0, standing="flipped"),
        drift(band="absent", px=math.nan),
    ]

    found = case_drift(Case(0, "p", "fp16"), drifts)

    assert found.px == 0.2
    assert (found.hidden, found.hidden_px, found.hidden_flips) == (1, 50.0, 1)
    assert found.visible == 1


@pytest.mark.parametrize("px", [math.nan, math.inf])
def test_a_joint_that_is_lost_or_becomes_visible_is_infinitely_far(px):
    lost = case_drift(Case(0, "p", "fp16"), [drift(px=px, standing="flipped")])
    gained = case_drift(Case(0, "p", "fp16"), [drift(band="absent", px=px, seen=True)])

    assert lost.px == gained.px == math.inf


def test_the_noise_of_one_op_is_what_its_sum_loses_in_float16(tmp_path):
    """2048 + 1 is 2048 in float16: the first op is off by 1 of 2049, and nothing else is."""
    from poseconvert.mil import read_package
    from poseconvert.stages.coreml_from_onnx import coreml_from_onnx
    from poseconvert.stages.coreml_options import Way

    nodes = [
        helper.make_node("Conv", ["image", "sum"], ["a"]),
        helper.make_node("Relu", ["a"], ["heatmap"]),
    ]
    model = graph(nodes, {"sum": np.reshape([2048, 1, 0], (1, 3, 1, 1))})
    onnx.save(model, tmp_path / "m.onnx")
    path = tmp_path / "m.mlpackage"
    coreml_from_onnx(model, path, options=CoreMLOptions(), way=Way("onnx2coreml"))
    package = read_package(path)
    (convolution,) = [
        operation for operation in package.program.main.block.operations if operation.type == "conv"
    ]

    found = rounding_noises(
        package,
        {convolution.outputs[0][0]: "sum"},
        Batch({"image": np.ones((1, 3, SIDE, SIDE), np.float32)}),
    )

    assert found == {"sum": pytest.approx(1 / 2049**2)}
