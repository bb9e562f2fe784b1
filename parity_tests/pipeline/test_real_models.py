"""Models and pictures nobody here made: trained PoseNet weights and a hand network."""

import dataclasses
import json

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from poseconvert.conversion.manifest import read_manifest
from poseconvert.decoding import decode, decode_people, skeleton_named, specs
from poseconvert.drift import TOLERANCES, Parity, Run, compare_outputs, judge
from poseconvert.imaging.picture import read_picture
from poseconvert.imaging.preprocessing import Preprocessing, input_picture, input_tensor
from poseconvert.network.loading import load_source
from poseconvert.network.source import ModelOptions
from poseconvert.pipeline.chain.conversion import open_conversion
from poseconvert.pipeline.convert.convert import ConvertOptions, convert
from poseconvert.pipeline.diff.diff import measure
from poseconvert.runners.onnx import OnnxRunner
from poseconvert.runners.runner import Batch
from poseconvert.runners.torch import TorchRunner
from poseconvert.stages.coreml_options import CoreMLOptions
from poseconvert.stages.onnx_from_torch import onnx_from_torch


def silent(step):
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def posenet_file(shared_assets):
    return shared_assets / "models" / "posenet_mnv1_050_rwightman_layout.pth"


@pytest.fixture(scope="module")
def posenet(posenet_file, converted):
    return converted(posenet_file)


@pytest.fixture(scope="module")
def pictures(shared_assets):
    return sorted((shared_assets / "images").iterdir())


@pytest.fixture(scope="module")
def on_pictures(posenet_file, pictures, converted):
    """Converted with the pictures as evidence, and measured on them."""
    folder = converted(posenet_file, pictures=pictures).folder
    return measure(open_conversion(folder), pictures=pictures, model=None, progress=silent)


def test_posenet_converts_and_parity_holds_in_float16(posenet):
    manifest = read_manifest(posenet.folder)

    assert posenet.parity is Parity.HELD
    assert manifest.inputs == {"image": (1, 3, 257, 257)}
    assert manifest.model.architecture == "posenet_mobilenet_v1"
    # Its taps lie near 60 and cancel: 49 dB, and rounding its weights alone explains them.
    assert (manifest.precision, manifest.keep_fp32) == ("fp16", ())


def test_a_picture_has_one_verdict_alone_and_among_others(posenet, pictures):
    conversion = open_conversion(posenet.folder)

    def parity(*shown):
        return measure(conversion, pictures=shown, model=None, progress=silent).parity

    singly = [parity(picture) for picture in pictures]
    assert parity(*pictures) is (Parity.HELD if set(singly) == {Parity.HELD} else Parity.BROKEN), (
        singly
    )


@pytest.mark.slow
def test_posenet_converted_with_the_pictures_holds_on_every_one(on_pictures):
    assert on_pictures.parity is Parity.HELD, [c.reasons for c in on_pictures.result.comparisons]
    for comparison in on_pictures.result.comparisons:
        fp16 = comparison.tolerance.psnr_db is not None
        # Joints that the network is not sure of are shown and not judged.
        for joint in (one for one in comparison.joints if one.judged):
            assert joint.standing != "flipped", joint
            assert joint.displacement_px <= (0.5 if fp16 else 0.05), joint


@pytest.mark.slow
def test_in_float32_posenet_moves_no_joint_of_any_picture(posenet_file, pictures, tmp_path):
    options = ConvertOptions(coreml=CoreMLOptions(precision="fp32"), pictures=pictures)
    done = convert(posenet_file, tmp_path, target=tmp_path, options=options, progress=silent)

    assert {c.stage for c in done.result.comparisons} >= {"coreml_from_onnx", "end_to_end"}
    for comparison in done.result.comparisons:
        assert {joint.input_name for joint in comparison.joints} >= {p.stem for p in pictures}
        assert not [joint for joint in comparison.joints if joint.standing == "flipped"]
        assert max(joint.displacement_px for joint in comparison.joints) <= 0.05


# Read off the pictures by eye, in input pixels at 257, letterboxed: x0, y0, x1, y1.
PERSONS = {
    "yogait_t_pose": (66, 42, 201, 192),
    "yogait_test_m": (74, 46, 150, 198),
    "yogait_warrior_left": (83, 73, 204, 192),
    "yogait_tadasana_crop": (59, 4, 197, 254),
}


@pytest.mark.slow
def test_posenet_puts_every_joint_on_the_person_in_every_artifact(on_pictures):
    names = on_pictures.inputs.names
    for evaluation in on_pictures.result.evaluations:
        for name, (x0, y0, x1, y1) in PERSONS.items():
            x, y = evaluation.poses[0].position[names.index(name)].T
            inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)
            assert inside.all(), (name, evaluation.run.label, x, y)


def test_at_twice_the_size_joints_are_where_a_person_sees_them(posenet_file, shared_assets):
    """At 257 the man is 140 pixels tall and stride 16 is coarse; at 513 limbs come apart."""
    by_eye = {  # in pixels at 257
        "nose": (131, 58),
        "leftElbow": (164, 88),
        "leftWrist": (186, 94),
        "rightWrist": (82, 96),
        "leftAnkle": (150, 180),
        "rightAnkle": (113, 180),
    }
    source = load_source(posenet_file, ModelOptions(size=513))
    outputs = TorchRunner(source).run(
        Batch({"image": input_tensor(picture(shared_assets, "yogait_t_pose.jpg", 513))})
    )
    shapes = {name: value.shape for name, value in outputs.items()}
    (spec,) = specs("posenet", input_size=(513, 513), shapes=shapes)
    position = decode(outputs, spec).position[0] * 257 / 513
    joints = skeleton_named(spec.skeleton).joints

    for joint, seen in by_eye.items():
        assert np.linalg.norm(position[joints.index(joint)] - seen) < 9, joint


def bodypix(shared_assets):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    path = shared_assets / "models" / "bodypix_mnv1_x050_s16.onnx"
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def published(session, pixels):
    """What the published graph says: NHWC in -1..1, heatmaps are logits, offsets y first."""
    values = session.run(
        ["heatmaps", "short_offsets"], {"input": pixels[None].astype(np.float32) / 127.5 - 1}
    )
    return dict(zip(("heatmap", "offset"), (v.transpose(0, 3, 1, 2) for v in values), strict=True))


def sigmoid(x):
    return 1 / (1 + np.exp(-x.astype(np.float64)))


def picture(shared_assets, name, size):
    read = read_picture(shared_assets / "images" / name)
    return input_picture(read, Preprocessing(size, size))[0]


@pytest.mark.parametrize("name", ["yogait_t_pose.jpg", "astronaut.png", "jockey.jpg"])
def test_the_onnx_stage_agrees_with_the_published_graph_at_257(posenet, shared_assets, name):
    pixels = picture(shared_assets, name, 257)
    theirs = published(bodypix(shared_assets), pixels)
    ours = OnnxRunner(posenet.folder / "model.onnx").run(Batch({"image": input_tensor(pixels)}))

    assert np.abs(sigmoid(ours["heatmap"]) - sigmoid(theirs["heatmap"])).max() <= 1e-5
    assert np.abs(ours["offset"] - theirs["offset"]).max() <= 1e-3


def test_the_comparison_sees_the_port_s_padding_at_224(posenet_file, shared_assets, tmp_path):
    """Built for 257 a network pads 1/1 at any size, as the port does; TensorFlow pads 0/1."""
    port = load_source(posenet_file, ModelOptions(size=257))
    source = dataclasses.replace(port, inputs={"image": (1, 3, 224, 224)})
    onnx_from_torch(source, tmp_path / "m.onnx")
    pixels = picture(shared_assets, "yogait_t_pose.jpg", 224)
    theirs = published(bodypix(shared_assets), pixels)
    all_ours = OnnxRunner(tmp_path / "m.onnx").run(Batch({"image": input_tensor(pixels)}))
    ours = {name: all_ours[name] for name in theirs}

    tolerance = TOLERANCES["onnx_from_torch"]
    outputs = compare_outputs(theirs, ours, tolerance=tolerance)
    comparison = judge(
        "onnx_from_torch",
        reference=Run("published graph"),
        candidate=Run("model.onnx"),
        inputs=("yogait_t_pose",),
        outputs=outputs,
        joints=(),
        tolerance=tolerance,
    )

    assert comparison.parity is Parity.BROKEN
    assert np.abs(sigmoid(ours["heatmap"]) - sigmoid(theirs["heatmap"])).max() > 0.5
    assert np.abs(ours["offset"] - theirs["offset"]).max() > 10
    reference = TorchRunner(source).run(Batch({"image": input_tensor(pixels)}))
    assert np.abs(reference["offset"] - ours["offset"]).max() < 1e-3  # the export is not at fault


@pytest.mark.slow
def test_a_hand_network_goes_through_the_chain_from_onnx(shared_assets, tmp_path):
    measurement = convert(
        shared_assets / "models" / "hand_landmark.onnx",
        tmp_path,
        target=tmp_path,
        options=ConvertOptions(),
        progress=silent,
    )

    manifest = json.loads((tmp_path / "manifest.json").read_text())
    stages = [comparison.stage for comparison in measurement.result.comparisons]
    assert measurement.parity is Parity.HELD
    assert stages[0] == "simplified_from_onnx"
    assert manifest["outputs"]["Identity"] == [1, 63]
    assert manifest["decode"] == []
    assert any("input range" in note for note in manifest["notes"])


@pytest.mark.slow
def test_two_people_of_one_picture_are_followed_through_every_stage(
    posenet_file, shared_assets, converted, tmp_path
):
    standing, kneeling = (
        Image.open(shared_assets / "images" / name).convert("RGB")
        for name in ("yogait_test_m.jpg", "yogait_warrior_left.jpg")
    )
    both = Image.new("RGB", (840, 720))
    both.paste(standing.crop((290, 0, 650, 720)))
    both.paste(kneeling.crop((340, 60, 880, 660)).resize((480, 533)), (360, 187))
    both.save(tmp_path / "two.png")
    folder = converted(posenet_file, decode="posenet_multi").folder
    found = measure(
        open_conversion(folder), pictures=[tmp_path / "two.png"], model=None, progress=silent
    )
    ran = [one for one in found.result.evaluations if one.outputs]
    assert len(ran) >= 5
    for evaluation in ran:
        people = decode_people(evaluation.outputs, found.specs[0])
        middles = np.nanmean(people.position, axis=1)[:, 0]
        assert len(people) == 2, evaluation.run
        assert middles.min() < 110 < middles.max()  # one in either half
    for comparison in found.result.comparisons:
        moved = [joint.displacement_px for joint in comparison.joints if joint.judged]
        assert {joint.joint[:8] for joint in comparison.joints} >= {"person 1", "person 2"}
        # A displacement that ends between two cells is read from the other one: one joint here.
        assert max(moved) < 16
        assert sum(px > 0.5 for px in moved) <= 1
