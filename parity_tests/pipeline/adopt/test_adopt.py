"""A package that others made stands in a conversion folder, judged and used as ours are."""

import json
import shutil
from dataclasses import replace

import coremltools.optimize.coreml as cto
import onnx
import pytest
from coremltools.models import MLModel
from onnx import helper

from poseconvert.conversion.manifest import read_manifest
from poseconvert.conversion.sha256 import digest
from poseconvert.errors import PoseconvertError
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.adopt.adopt import AdoptOptions, adopt
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.diagnose.diagnose import diagnose
from poseconvert.pipeline.diff.diff import measure
from poseconvert.pipeline.localise.localise import localise

UNIT = (1 / 255,) * 3
SHAPE = {"image": (1, 3, 32, 32)}


def silent(step):
    pass


def adopted(theirs, out, model, package, *, scale=UNIT, said=None, **options):
    kind = {"inputs": SHAPE, "output_names": ("heatmap", "offset")} if model == "net.pt" else {}
    out.mkdir(exist_ok=True)
    return adopt(
        theirs / model,
        theirs / package,
        out,
        target=out,
        options=AdoptOptions(ModelOptions(scale=scale, **kind), match=said or {}, **options),
        progress=silent,
    )


HELD = [
    ("plain.onnx", "image.mlpackage"),  # 0-1 outside, 1/255 inside
    ("plain.onnx", "half.mlpackage"),
    ("plain.onnx", "tensor.mlpackage"),  # 0-1 outside of both
    ("plain.onnx", "last.mlpackage"),  # channels last
    ("plain.onnx", "unnamed.mlpackage"),  # other names
    ("plain.onnx", "bgr.mlpackage"),
    ("net.pt", "image.mlpackage"),
    ("net.pt", "last.mlpackage"),
]


@pytest.mark.parametrize(("model", "package"), HELD)
def test_a_package_of_the_network_is_held_as_it_is(theirs, tmp_path, model, package):
    measured = adopted(theirs, tmp_path / "out", model, package)
    reasons = [one.reasons for one in measured.result.comparisons]
    assert measured.parity.value == "held", reasons
    assert {len(one.outputs) for one in measured.result.comparisons} == {2}
    assert digest(tmp_path / "out" / "model.mlpackage") == digest(theirs / package)


@pytest.mark.parametrize(("model", "package"), HELD)
def test_the_folder_is_compared_again_as_any_conversion(theirs, tmp_path, model, package):
    adopted(theirs, tmp_path / "out", model, package)
    conversion = open_conversion(tmp_path / "out")
    again = measure(conversion, pictures=[], model=None, progress=silent)
    assert again.parity.value == "held"
    inputs = replace(again.inputs, names=again.inputs.names[:1],
                     values={n: v[:1] for n, v in again.inputs.values.items()})  # fmt: skip
    graphs = localise(conversion, inputs, progress=silent).graphs
    package = next(graph for graph in graphs if graph.stage.endswith("/fp32"))
    measured = [op.local.relative for op in package.ops if op.matched]
    assert len(measured) >= 4, package
    assert max(measured) < 1e-2


def test_the_scale_that_the_package_has_inside_is_the_model_s_where_nobody_says_one(
    theirs, tmp_path
):
    measured = adopted(theirs, tmp_path / "out", "plain.onnx", "image.mlpackage", scale=None)
    assert measured.parity.value == "held"
    assert any("does not say its input range" in note for note in measured.manifest.notes)
    assert measured.manifest.model.options["scale"] == pytest.approx(UNIT)


FAULTS = [
    ("wrong_bgr.mlpackage", "channel order"),
    ("unscaled.mlpackage", "input scale"),
]


@pytest.mark.parametrize(("package", "cause"), FAULTS)
def test_a_fault_is_broken_and_named(theirs, tmp_path, package, cause):
    measured = adopted(theirs, tmp_path / "out", "plain.onnx", package)
    assert measured.parity.value == "broken"
    conversion = open_conversion(tmp_path / "out")
    found = diagnose(conversion, measured, model=theirs / "plain.onnx", progress=silent)
    assert [one.cause for one in found] == [cause]


def refusal(theirs, out, *names, **options):
    with pytest.raises(PoseconvertError) as caught:
        adopted(theirs, out, *names, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_does_not_belong_together_is_refused(theirs, tmp_path):
    small = helper.make_tensor_value_info("image", 1, [1, 3, 8, 8])
    out = helper.make_tensor_value_info("out", 1, [1, 3, 8, 8])
    made = helper.make_graph([helper.make_node("Relu", ["image"], ["out"])], "g", [small], [out])
    onnx.save(helper.make_model(made, ir_version=8), tmp_path / "small.onnx")
    shutil.copytree(theirs / "image.mlpackage", tmp_path / "image.mlpackage")
    text = refusal(tmp_path, tmp_path / "out", "small.onnx", "image.mlpackage")
    assert "has no input like small.onnx's image (1, 3, 8, 8)" in text


def test_a_package_that_answers_less_is_refused(theirs, tmp_path):
    model = onnx.load(theirs / "plain.onnx")
    model.graph.node.append(helper.make_node("Tanh", ["offset"], ["third"]))
    model.graph.output.append(helper.make_tensor_value_info("third", 1, [1, 34, 8, 8]))
    onnx.save(model, tmp_path / "three.onnx")
    shutil.copytree(theirs / "image.mlpackage", tmp_path / "image.mlpackage")
    text = refusal(tmp_path, tmp_path / "out", "three.onnx", "image.mlpackage")
    assert "answers no third of three.onnx" in text


def test_what_is_no_package_and_what_is_compressed_is_refused(theirs, tmp_path):
    assert "is not an .mlpackage" in refusal(theirs, tmp_path / "out", "plain.onnx", "net.pt")

    small = cto.OptimizationConfig(cto.OpLinearQuantizerConfig(weight_threshold=1))
    model = MLModel(str(theirs / "image.mlpackage"), skip_model_load=True)
    cto.linear_quantize_weights(model, small).save(str(tmp_path / "int8.mlpackage"))
    shutil.copy(theirs / "plain.onnx", tmp_path)
    text = refusal(tmp_path, tmp_path / "out", "plain.onnx", "int8.mlpackage")
    assert "its weights are in fewer bits" in text


MANIFESTS = {
    "an input of another name": lambda i: i["inputs"].update(other=i["inputs"].pop("image")),
    "an output less": lambda i: i["outputs"].pop(),
    "an output twice": lambda i: i["outputs"].append(i["outputs"][0]),
    "no outputs": lambda i: i.update(outputs=[]),
    "a dtype of no tensor": lambda i: i["inputs"]["image"].update(dtype="object"),
}


@pytest.mark.parametrize("kind", MANIFESTS)
def test_an_interface_that_was_edited_is_refused(theirs, tmp_path, kind):
    adopted(theirs, tmp_path / "out", "plain.onnx", "image.mlpackage")
    path = tmp_path / "out" / "manifest.json"
    values = json.loads(path.read_text())
    MANIFESTS[kind](values["interface"])
    path.write_text(json.dumps(values))
    with pytest.raises(PoseconvertError) as caught:
        read_manifest(tmp_path / "out")
    assert "interface" in str(caught.value)


def test_a_swap_of_two_outputs_is_said_and_judged(theirs, tmp_path):
    """``--match`` decides over names; shapes that do not fit are refused."""
    text = refusal(
        theirs, tmp_path / "out", "plain.onnx", "image.mlpackage", said={"heatmap": "offset"}
    )
    assert "has no output offset of the shape" in text
