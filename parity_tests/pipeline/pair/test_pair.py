"""What strangers have is compared as it is: held where it is the same, broken where it is not."""

import json
import shutil

import numpy as np
import onnx
import pytest
from onnx import helper

from poseconvert.conversion.golden import Goldens, write_goldens
from poseconvert.errors import PoseconvertError
from poseconvert.imaging.scaling import Scaling
from poseconvert.imaging.stock import stock_files
from poseconvert.pipeline.pair.pair import PairOptions, compare_artifacts
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch

HEATMAPS = [{
    "skeleton": "coco_17", "joints": 17, "grid": [8, 8], "stride": [4, 4], "size": [32, 32],
    "heatmap": "heatmap", "offset": "offset", "offset_order": "yx", "offset_unit": "pixel",
    "activation": "probability", "refinement": "offset", "frame": "corner", "centre": 0,
    "z_zero": 0, "threshold": 0,
}]  # fmt: skip
UNIT = Scaling((1 / 255,) * 3, (0.0,) * 3)


def compared(folder, *names, pictures=(), **options):
    return compare_artifacts(
        [folder / name for name in names],
        pictures,
        options=PairOptions(**options),
        progress=lambda step: None,
    )


HELD = [
    ("plain.onnx", "image.mlpackage"),  # 0-1 outside, 1/255 inside
    ("scaled.onnx", "image.mlpackage"),  # both inside
    ("plain.onnx", "half.mlpackage"),
    ("plain.onnx", "tensor.mlpackage"),
    ("plain.onnx", "last.onnx"),  # channels last
    ("last.onnx", "image.mlpackage"),
    ("plain.onnx", "renamed.onnx"),  # other names
    ("plain.onnx", "unnamed.mlpackage"),
    ("plain.onnx", "bgr.mlpackage"),
    ("net.pt", "image.mlpackage"),
    ("net.pt", "plain.onnx"),
    ("image.mlpackage", "net.pt"),
    ("bgr.mlpackage", "last.onnx"),
]


@pytest.mark.parametrize("names", HELD, ids="-".join)
def test_one_network_in_two_forms_is_held(theirs, names):
    found = compared(theirs, *names, scaling=UNIT)
    assert found.parity.value == "held", [c.reasons for c in found.result.comparisons]
    assert {len(c.outputs) for c in found.result.comparisons} == {2}
    assert found.diagnoses == ()


def test_every_candidate_is_judged_by_the_first(theirs):
    found = compared(theirs, "plain.onnx", "half.mlpackage", "other.onnx", "last.onnx")
    rows = [(c.stage, str(c.reference.artifact), c.parity.value) for c in found.result.comparisons]
    assert rows == [
        ("half.mlpackage", "plain.onnx", "held"),
        ("half.mlpackage", "plain.onnx", "held"),
        ("other.onnx", "plain.onnx", "broken"),
        ("last.onnx", "plain.onnx", "held"),
    ]


FAULTS = [
    ("wrong_bgr.mlpackage", "channel order"),
    ("unscaled.mlpackage", "input scale"),
]


@pytest.mark.parametrize(("name", "cause"), FAULTS)
def test_a_fault_of_the_input_is_broken(theirs, name, cause):
    found = compared(theirs, "plain.onnx", name, scaling=UNIT)
    assert found.parity.value == "broken"
    assert [one.cause for one in found.diagnoses] == [cause]


def test_a_candidate_that_wants_pixels_is_told_how_the_reference_was_fed(theirs):
    found = compared(theirs, "plain.onnx", "image.mlpackage")
    assert any("plain.onnx does not say its input range" in note for note in found.manifest.notes)
    assert any("image.mlpackage makes of a picture inside" in n for n in found.manifest.notes)


def test_what_was_matched_by_more_than_its_name_is_said(theirs):
    notes = compared(theirs, "plain.onnx", "last.onnx").manifest.notes
    assert "last.onnx: output heatmap for heatmap (by name, channels last)" in notes
    notes = compared(theirs, "plain.onnx", "renamed.onnx").manifest.notes
    assert "renamed.onnx: output h for heatmap (by shape)" in notes


def with_other_size(theirs, tmp_path):
    model = onnx.load(theirs / "plain.onnx")
    for dim in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dim.dim_value = 64
    del model.graph.output[:]
    model.graph.output.extend(
        helper.make_tensor_value_info(name, 1, [1, count, 16, 16])
        for name, count in (("heatmap", 17), ("offset", 34))
    )
    onnx.save(model, tmp_path / "larger.onnx")
    return tmp_path / "larger.onnx"


def test_artifacts_of_other_sizes_do_not_belong_together(theirs, tmp_path):
    larger = with_other_size(theirs, tmp_path)
    with pytest.raises(PoseconvertError, match=r"has no input like plain\.onnx's image") as caught:
        compare_artifacts(
            [theirs / "plain.onnx", larger], (), options=PairOptions(), progress=lambda step: None
        )
    assert "\n" not in str(caught.value)


def test_joints_are_read_where_a_decoder_is_named(theirs, tmp_path):
    spec = tmp_path / "decode.json"
    spec.write_text(json.dumps(HEATMAPS))
    found = compared(theirs, "plain.onnx", "half.mlpackage", decode=str(spec))
    assert {len(c.joints) for c in found.result.comparisons} == {17 * len(found.inputs.names)}


def test_one_that_does_not_run_is_no_pass_and_the_others_are_compared(theirs, monkeypatch):
    from poseconvert.errors import RunError
    from poseconvert.runners.mil import MilRunner

    def failing(self, batch):
        raise RunError("it fell over. Mend it.")

    monkeypatch.setattr(MilRunner, "run", failing)
    found = compared(theirs, "plain.onnx", "image.mlpackage", "last.onnx")
    assert [c.parity.value for c in found.result.comparisons] == ["not run", "held"]
    assert found.parity.value == "not run"
    assert "it fell over" in found.result.comparisons[0].reasons[0]


def test_numbers_are_the_same_as_by_hand(theirs):
    """The drift that is shown is that of two plain runs, with nothing of ours around them."""
    import onnxruntime

    found = compared(theirs, "plain.onnx", "last.onnx", scaling=UNIT)
    batch = found.inputs.batch.tensors["image"] / np.float32(255)
    plain, last = (onnxruntime.InferenceSession(theirs / n) for n in ("plain.onnx", "last.onnx"))
    mine = plain.run(["heatmap"], {"image": batch[:1]})[0]
    other = last.run(["heatmap"], {"image": batch[:1].transpose(0, 2, 3, 1)})[0]
    assert np.abs(mine - other.transpose(0, 3, 1, 2)).max() < 1e-5
    first = found.result.evaluations[0].outputs["heatmap"][:1]
    np.testing.assert_allclose(first, mine, atol=1e-5)


@pytest.mark.parametrize("order", [("open.onnx", "plain.onnx"), ("plain.onnx", "open.onnx")])
def test_axes_that_a_graph_leaves_open_are_said_by_another_in_any_order(theirs, tmp_path, order):
    model = onnx.load(theirs / "plain.onnx")
    for value in (*model.graph.input, *model.graph.output):
        for axis in (0, 2, 3):
            value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}{axis}"
    onnx.save(model, tmp_path / "open.onnx")
    onnx.save(onnx.load(theirs / "plain.onnx"), tmp_path / "plain.onnx")
    assert compared(tmp_path, *order).parity.value == "held"
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(PoseconvertError, match=r"Give --input image:1,3,HEIGHT,WIDTH"):
        compared(tmp_path, "open.onnx", "other.onnx")


def recording(folder, source, change=lambda values: values):
    """What a phone says of three pictures, in its own order of outputs."""
    rng = np.random.default_rng(3)
    pictures = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    runner = OnnxRunner(source)
    given = Batch({"image": pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255})
    answers = {name: change(values) for name, values in runner.run(given).items()}
    goldens = Goldens("a phone", ("a", "b", "c"), (pictures,), answers, {})
    write_goldens(folder, goldens)
    return folder


@pytest.mark.parametrize("order", [("plain.onnx", "phone"), ("phone", "plain.onnx")])
def test_what_a_phone_recorded_stands_on_either_side(theirs, tmp_path, order):
    (tmp_path / "phone").mkdir()
    recording(tmp_path / "phone", theirs / "plain.onnx")
    shutil.copy(theirs / "plain.onnx", tmp_path)
    found = compared(tmp_path, *order, scaling=UNIT)
    assert found.parity.value == "held", [c.reasons for c in found.result.comparisons]
    assert found.inputs.names == ("a", "b", "c")
    said = any("does not say what it computed in" in note for note in found.manifest.notes)
    assert said is (order[1] == "phone")


def test_a_recording_that_is_off_is_broken_and_takes_no_pictures(theirs, tmp_path):
    (tmp_path / "phone").mkdir()
    recording(tmp_path / "phone", theirs / "plain.onnx", lambda values: values * 1.2 + 0.1)
    shutil.copy(theirs / "plain.onnx", tmp_path)
    assert compared(tmp_path, "plain.onnx", "phone", scaling=UNIT).parity.value == "broken"
    with pytest.raises(PoseconvertError, match="was recorded on inputs of its own"):
        compared(tmp_path, "plain.onnx", "phone", pictures=stock_files())


def test_an_output_that_nobody_asked_for_is_said(theirs, tmp_path):
    model = onnx.load(theirs / "plain.onnx")
    model.graph.node.append(helper.make_node("Tanh", ["offset"], ["third"]))
    model.graph.node[-1].output[0] = "tanh"
    model.graph.node.append(helper.make_node("Flatten", ["tanh"], ["third"]))
    model.graph.output.append(helper.make_tensor_value_info("third", 1, [1, 2176]))
    onnx.save(model, tmp_path / "three.onnx")
    shutil.copy(theirs / "plain.onnx", tmp_path)
    found = compared(tmp_path, "plain.onnx", "three.onnx")
    assert found.parity.value == "held"
    assert "three.onnx: gives third too, which is not compared" in found.manifest.notes
