"""Every block of the guides runs, in the order of its page, as a reader would type it.

Python blocks that stand alone run in ``test_readme.py``; *Add an op* and *Add a family* have tests
of their own.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
import torch
from coremltools.models import datatypes
from coremltools.models.neural_network import NeuralNetworkBuilder
from coremltools.models.utils import save_spec
from onnx import parser
from PIL import Image
from torch import nn

from poseconvert.cli import main
from poseconvert.figures.figure import figure
from poseconvert.network.families import named_family

ROOT = Path(__file__).parents[2]
GUIDES = {page.stem: page for page in sorted((ROOT / "docs/guides").glob("*.md"))}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FOLLOWED = {
    "add-an-op": "parity_tests/mil/ops/test_guide_add_an_op.py",
    "add-a-family": "parity_tests/network/test_guide_add_a_family.py",
}


RESIZED = """
<ir_version: 9, opset_import: ["" : 19]>
g (float[1,3,8,8] image) => (float[1,3,16,16] heatmap)
<float[4] scales = {1, 1, 2, 2}, float[1] half = {0.5}>
{
  a = Mul(image, half)
  b = Resize<mode = "nearest", nearest_mode = "ceil",
             coordinate_transformation_mode = "asymmetric">(a, , scales)
  heatmap = Relu(b)
}
"""


def blocks(name):
    return BLOCK.findall(GUIDES[name].read_text())


class Network(nn.Module):
    """Some heatmaps at stride 4, as the networks of the guides have."""

    def __init__(self, *channels):
        super().__init__()
        torch.manual_seed(0)
        self.heads = nn.ModuleList(nn.Conv2d(3, count, 4, stride=4) for count in channels)

    def forward(self, x):
        found = tuple(torch.sigmoid(head(x / 255)) for head in self.heads)
        return found if len(found) > 1 else found[0]


def people(place):
    for number, name in enumerate(("person.jpg", "other.jpg")):
        Image.fromarray(figure(7, 3 + number).picture).save(place / name)


def pictured(place, given):
    people(place)


def model(place, given):
    people(place)
    shutil.copy(given("tiny_model"), place / "model.safetensors")


def conversion(place, given):
    model(place, given)
    shutil.copytree(given("tiny_conversion"), place / "model.poseconvert")


def brought(place, given):
    """Write what users bring, small."""
    model(place, given)
    zeros = torch.zeros(1, 3, 64, 48)
    torch.jit.trace(Network(17).eval(), zeros).save(place / "network.pt")
    torch.export.save(torch.export.export(Network(17, 34).eval(), (zeros,)), place / "network.pt2")
    torch.onnx.export(Network(17).eval(), (zeros,), place / "network.onnx", verbose=False)
    family = named_family("pose_resnet")
    config = family.config({"depth": 18, "deconv_count": 1, "deconv_channels": 16})
    network, _ = family.build(config)
    torch.save({"state_dict": network.state_dict()}, place / "pose_resnet_50_256x192.pth.tar")


def evaluated(place, given):
    conversion(place, given)
    bundled = place / "reference_models" / "dual_head_mobilenet_v1"
    bundled.mkdir(parents=True)
    shutil.copy(place / "model.safetensors", bundled)
    made = given("coco_folder")
    shutil.copytree(made, place / "coco")


def under_test(place, given):
    conversion(place, given)
    shutil.copytree(place / "model.poseconvert", place / "hands.poseconvert")
    (place / "tests").mkdir()


def predicting(place, given):
    code = next(code for kind, code in blocks("coremltools-on-linux") if kind == "python")
    code = code[: code.index("print(")].replace("enable_coremltools_predict()", "pass")
    asked = 'model.predict({"x": np.zeros((1, 3), np.float32)})'
    (place / "test_predict.py").write_text(
        f'{code}\n\ndef test_it():\n    assert {asked}["share"].sum()\n'
    )


def published(place, given):
    assets = given("shared_assets")
    models = "posenet_mnv1_050_rwightman_layout.pth", "bodypix_mnv1_x050_s16.onnx"
    for name in (*(f"models/{one}" for one in models), "images/yogait_t_pose.jpg"):
        shutil.copy(assets / name, place)


def drifting(place):
    """Put a conversion in which one op is wrong: onnx2coreml takes the floor, ONNX the ceiling."""
    shutil.rmtree(place / "model.poseconvert")
    onnx.save(parser.parse_model(RESIZED), place / "model.onnx")
    words = ["convert", "model.onnx", "--route", "onnx2coreml", "-o", "model.poseconvert"]
    assert run_poseconvert(words) == 1


def harness(place, given):
    conversion(place, given)
    (place / "ios_harness").symlink_to(ROOT / "ios_harness")


def old(place, given):
    """Write a NeuralNetwork of one convolution, as those of 2019 were."""
    people(place)
    conv = Network(4).eval().heads[0]
    builder = NeuralNetworkBuilder(
        [("image", datatypes.Array(3, 64, 64))], [("heatmap", datatypes.Array(4, 16, 16))]
    )
    builder.add_convolution(
        "conv", 3, 4, 4, 4, 4, 4, "valid", 1, conv.weight.detach().permute(2, 3, 1, 0).numpy(),
        conv.bias.detach().numpy(), has_bias=True, input_name="image", output_name="heatmap",
    )  # fmt: skip
    builder.set_pre_processing_parameters(image_input_names=["image"], image_scale=1 / 255)
    save_spec(builder.spec, str(place / "old.mlmodel"))


PLACES = {
    "compare-your-package": model,
    "compress": model,
    "convert-your-model": brought,
    "coremltools-on-linux": predicting,
    "evaluate": evaluated,
    "find-the-drift": published,
    "old-core-ml-models": old,
    "on-the-phone": harness,
    "parity-tests-of-your-model": under_test,
    "tune": conversion,
}
IN_ORDER = {"find-the-drift", "compare-your-package"}  # its Python blocks need one another's files


@pytest.fixture
def coco_folder(tmp_path_factory):
    """One annotated person in COCO's layout."""
    place = tmp_path_factory.mktemp("coco")
    (place / "annotations").mkdir()
    (place / "val2017").mkdir()
    Image.fromarray(figure(7, 3).picture).save(place / "val2017" / "a.png")
    side = figure(7, 3).picture.shape[0]
    points = [number for joint in range(17) for number in (20 + 7 * joint, 30 + 8 * joint, 2)]
    person = {
        "id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "num_keypoints": 17, "area": 9e3,
        "keypoints": points, "bbox": [10, 10, side - 20, side - 20], "segmentation": [],
    }  # fmt: skip
    image = {"id": 1, "file_name": "a.png", "width": side, "height": side}
    kinds = [{"id": 1, "name": "person", "keypoints": [], "skeleton": []}]
    content = {"images": [image], "annotations": [person], "categories": kinds}
    (place / "annotations/person_keypoints_val2017.json").write_text(json.dumps(content))
    return place


def started(words, place):
    return subprocess.run(
        [sys.executable, *words], cwd=place, capture_output=True, text=True, check=False
    )


def typed(line, place, capfd):
    """Run one command line; return its exit code and what it printed."""
    program, *words = shlex.split(re.sub(r"--n \d+", "--n 2", line), comments=True)
    words = [os.path.expanduser(word) for word in words]
    if program != "poseconvert":
        module = ["-m", "pytest", "-p", "no:cacheprovider"] if program == "pytest" else []
        done = started([*module, *words], place)
        return done.returncode, done.stdout + done.stderr
    capfd.readouterr()
    code = run_poseconvert(words)
    return code, "".join(capfd.readouterr())


def run_poseconvert(words):
    """Run the command in this process: PyTorch is imported once for all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["poseconvert", *words])
        with pytest.raises(SystemExit) as left:
            main()
    return left.value.code


def answered(left, printed):
    """Whether a command did what it is for: a verdict may be bad news, a refusal is not one."""
    news = re.search("BROKEN|NOT held|not established|drift", printed)
    return left == 0 or (left == 1 and news is not None)


def lines(code):
    return [line for line in code.replace("\\\n", " ").splitlines() if line.strip()]


def test_a_fence_says_what_it_holds():
    for name in GUIDES:
        found = {language for language, _ in blocks(name)}
        assert found <= {"python", "sh", "text", "json"}, f"{name}: {found}"


def test_every_page_with_commands_is_run():
    with_commands = {name for name in GUIDES if any(kind == "sh" for kind, _ in blocks(name))}
    assert with_commands - set(FOLLOWED) == set(PLACES)
    for file in FOLLOWED.values():
        assert (ROOT / file).exists()


def test_no_command_hides_among_the_output():
    for name in GUIDES:
        for language, code in blocks(name):
            if language == "text":
                hidden = re.search(
                    r"^(poseconvert|pytest|pip|make|python3?|import|from) ", code, re.M
                )
                assert not hidden, f"{name}: {code}"


def test_a_refusal_and_a_silent_failure_are_no_answers():
    assert answered(0, "")
    assert answered(1, "parity BROKEN: end to end")
    assert not answered(1, "1 failed")
    assert not answered(2, "x.pt: BROKEN. Copy it again.")


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_every_block_of_a_guide_runs(name, request, tmp_path, monkeypatch, capfd):
    PLACES[name](tmp_path, request.getfixturevalue)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    ran = 0
    for language, code in blocks(name):
        if language == "python" and name in IN_ORDER:
            done = started(["-c", code], tmp_path)
            assert done.returncode == 0, done.stderr
        for line in lines(code) if language == "sh" else ():
            if line.startswith("poseconvert diff") and "--bisect" in line:
                drifting(tmp_path)
            left, printed = typed(line, tmp_path, capfd)
            ran += 1
            assert answered(left, printed), f"{line}\n{printed}"
    assert ran
