"""``poseconvert diff --ops``."""

import json

import onnx
from onnx import numpy_helper

FAULTY = "blocks.6.pointwise.conv"


def test_the_table_follows_the_output_and_a_healthy_conversion_names_no_op(
    poseconvert, tiny_conversion
):
    finished = poseconvert("diff", tiny_conversion, "--ops")

    assert finished.code == 0, finished.err
    text = " ".join(finished.out.split())
    assert finished.out.index("parity held") < finished.out.index("ops of model.simplified.onnx")
    assert "first op over" not in text
    assert "no op over 0.002 of range alone, 0.2 accumulated" in text
    assert "65 of 65 values matched: 65 by name" in text


def test_without_ops_none_are_measured(poseconvert, tiny_conversion):
    finished = poseconvert("diff", tiny_conversion, "--json")

    assert json.loads(finished.out)["ops"] is None


def test_a_changed_weight_is_named_in_table_json_and_page(poseconvert, conversion_copy, tmp_path):
    path, page = conversion_copy / "model.simplified.onnx", tmp_path / "ops.html"
    model = onnx.load(path)
    weight = next(t for t in model.graph.initializer if t.name == f"{FAULTY}.weight")
    values = numpy_helper.to_array(weight).copy()
    values.flat[values.size // 2] += 3
    weight.CopyFrom(numpy_helper.from_array(values, weight.name))
    onnx.save(model, path)

    finished = poseconvert("diff", conversion_copy, "--allow-edited", "--ops", "--html", page)

    assert finished.code == 1
    assert f"alone, 0.0005 accumulated: {FAULTY} (Conv)" in " ".join(finished.out.split())
    assert f"{FAULTY} (Conv), over tolerance" in page.read_text()
    assert page.read_text().count('class="curve"') == 3


def test_a_conversion_without_a_package_is_one_line_and_never_a_pass(poseconvert, conversion_copy):
    import shutil

    shutil.rmtree(conversion_copy / "model.mlpackage")

    finished = poseconvert("diff", conversion_copy, "--ops", "--json")

    document = json.loads(finished.out)
    assert finished.code == 1
    reasons = {graph["stage"]: graph["reason"] for graph in document["ops"]}
    assert not reasons["simplified_from_onnx"]
    for stage in ("coreml_from_onnx/fp32", "coreml_from_onnx/fp16"):
        assert "model.mlpackage" in reasons[stage]
        assert "\n" not in reasons[stage]
