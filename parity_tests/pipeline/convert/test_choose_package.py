"""Where float16 breaks parity: the ops it hurts are found, and kept in float32."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from poseconvert.drift import Parity
from poseconvert.pipeline.convert.choose_package import _counts
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.float16.weight_noise import Sensitivity, sensitivities
from poseconvert.runners.runner import Batch


def graph(nodes, weights):
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, (1, 3, 32, 32))],
        [helper.make_tensor_value_info("heatmap", TensorProto.FLOAT, (1, 2, 32, 32))],
        [numpy_helper.from_array(np.asarray(v, np.float32), k) for k, v in weights.items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def cancelling_graph():
    """What PoseNet's first depthwise filter does: taps near 50 on saturated values, less 8000."""
    generator = np.random.default_rng(0)
    taps = 50 + generator.normal(size=(4, 3, 3, 3)).astype(np.float32)
    bias = 3 - 6 * taps.reshape(4, -1).sum(axis=1)
    return graph(
        [
            helper.make_node("Clip", ["image", "low", "high"], ["a"]),
            helper.make_node("Conv", ["a", "cancels", "bias"], ["b"], pads=[1, 1, 1, 1]),
            helper.make_node("Clip", ["b", "low", "high"], ["c"]),
            helper.make_node("Conv", ["c", "tame"], ["heatmap"]),
        ],
        {
            "low": 0,
            "high": 6,
            "cancels": taps,
            "bias": bias,
            "tame": generator.normal(size=(2, 4, 1, 1)),
        },
    )


def overflowing_graph():
    """Products far above 65504, brought back: no set of float32 weights keeps float16 finite."""
    weights = {"up": np.eye(3).reshape(3, 3, 1, 1) * 3e4, "down": np.ones((2, 3, 1, 1)) * 1e-4}
    nodes = [
        helper.make_node("Conv", ["image", "up"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "down"], ["heatmap"]),
    ]
    return graph(nodes, weights)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "m.onnx"
    onnx.save(cancelling_graph(), path)
    return path


def converted(model, tmp_path, **options):
    folder = tmp_path / "out"
    folder.mkdir()
    return convert(
        model,
        folder,
        target=folder,
        options=ConvertOptions(**options),
        progress=lambda step: None,
    )


def test_the_op_whose_weights_cancel_is_the_most_sensitive(model):
    values = np.random.default_rng(1).integers(0, 256, (2, 3, 32, 32)).astype(np.float32)
    batch = Batch({"image": values})

    ranked = sensitivities(model, batch)

    assert [one.weight for one in ranked] == ["cancels", "tame"]
    assert ranked[0].noise > 100 * ranked[1].noise


def test_rounding_all_weights_is_the_sum_of_the_ranked_noises(model):
    """The oracle: both weights rounded in numpy, run by another session."""
    from poseconvert.runners.onnx import OnnxRunner

    values = np.random.default_rng(1).integers(0, 256, (2, 3, 32, 32)).astype(np.float32)
    batch = Batch({"image": values})
    changed = onnx.load(model)
    for tensor in changed.graph.initializer:
        half = numpy_helper.to_array(tensor).astype(np.float16).astype(np.float32)
        tensor.CopyFrom(numpy_helper.from_array(half, tensor.name))
    onnx.save(changed, model.with_name("rounded.onnx"))
    exact = OnnxRunner(model).run(batch)["heatmap"]
    rounded = OnnxRunner(model.with_name("rounded.onnx")).run(batch)["heatmap"]
    noise = np.mean((exact - rounded) ** 2) / np.abs(exact).max() ** 2

    total = sum(one.noise for one in sensitivities(model, batch))

    assert total == pytest.approx(noise, rel=0.05)


def test_ops_are_kept_until_the_others_leave_half_of_the_allowed_noise():
    allowed = 10 ** (-55 / 10)
    noises = (3 * allowed, 0.3 * allowed, 0.15 * allowed, 0.1 * allowed, *(0.01 * allowed,) * 9)
    ranked = [Sensitivity(f"op-{i}", noise) for i, noise in enumerate(noises)]

    # Without the first two 0.34 of the allowed noise is left; then twice, then four times as many.
    assert list(_counts(ranked)) == [2, 4, 8]


def test_at_least_one_op_is_kept_and_never_all_of_them():
    ranked = [Sensitivity("a", 0.0), Sensitivity("b", 0.0)]

    assert list(_counts(ranked)) == [1]
    assert list(_counts(ranked[:1])) == []


def test_the_sensitive_op_stays_float32_and_is_named(model, tmp_path):
    measurement = converted(model, tmp_path)

    assert measurement.parity is Parity.HELD
    assert measurement.manifest.keep_fp32 == ("cancels",)
    (note,) = [n for n in measurement.manifest.notes if "float16 broke parity" in n]
    assert note.startswith("1 of 2 ops kept in float32")
    assert note.endswith("cancels")


def test_without_rescue_the_float16_package_is_broken(model, tmp_path):
    measurement = converted(model, tmp_path, rescue=False)

    assert measurement.parity is Parity.BROKEN
    assert measurement.manifest.keep_fp32 == ()


def test_a_network_of_one_op_becomes_float32_when_float16_breaks_it(tmp_path):
    """A pixel times 6e4 is beyond float16, and there is no smaller set of ops to keep."""
    weights = {"up": np.full((2, 3, 1, 1), 6e4)}
    one = graph([helper.make_node("Conv", ["image", "up"], ["heatmap"])], weights)
    onnx.save(one, tmp_path / "m.onnx")

    measurement = converted(tmp_path / "m.onnx", tmp_path)

    assert measurement.parity is Parity.HELD
    assert measurement.manifest.precision == "fp32"


def test_what_cannot_be_rescued_becomes_float32_and_says_so(tmp_path):
    onnx.save(overflowing_graph(), tmp_path / "m.onnx")

    measurement = converted(tmp_path / "m.onnx", tmp_path)

    assert measurement.parity is Parity.HELD
    assert measurement.manifest.precision == "fp32"
    assert any("will not use the Neural Engine" in note for note in measurement.manifest.notes)
