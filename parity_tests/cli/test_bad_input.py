"""Bad input is expected input: exit 2, one line that says what to do, nothing written."""

import json
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper


def state(tiny_network):
    return {name: value.clone() for name, value in tiny_network.state_dict().items()}


def saved(path, content):
    torch.save(content, path)
    return path


def dual(tiny_network, tensors):
    from dataclasses import asdict

    return {
        "format": "poseconvert.checkpoint.v1",
        "architecture": "dual_head_mobilenet_v1",
        "config": asdict(tiny_network.config),
        "state_dict": tensors,
    }


def graph(*, outputs=("y",), domain="", op="Relu", weights=()):
    node = helper.make_node(op, ["x"], [outputs[0]], domain=domain)
    made = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 8, 8]) for name in outputs],
        initializer=list(weights),
    )
    opsets = [helper.make_opsetid("", 18)]
    opsets += [helper.make_opsetid(domain, 1)] if domain else []
    return helper.make_model(made, opset_imports=opsets, ir_version=8)


def external(path, location):
    weight = numpy_helper.from_array(np.ones(4, np.float32), "w")
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location)
    path.write_bytes(graph(weights=[weight]).SerializeToString())
    return path


class Planted:
    """A pickle that would write a file when it is loaded without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.write_text, (self.path, "ran"))


def zip_of(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "hello")
    return path


def without(tensors, name):
    return {key: value for key, value in tensors.items() if key != name}


MODELS = {
    "missing file": (lambda p, n: p / "none.pt", "no such file"),
    "empty file": (lambda p, n: touched(p / "m.pt", b""), "is empty (0 bytes)"),
    "random bytes": (lambda p, n: touched(p / "m.pt", bytes(range(7, 207))), "not a checkpoint"),
    "truncated checkpoint": (
        lambda p, n: touched(p / "m.pt", saved(p / "w.pt", state(n)).read_bytes()[:5000]),
        "cut short or damaged",
    ),
    "truncated safetensors": (
        lambda p, n: touched(
            p / "m.st", struct.pack("<Q", 40) + b'{"a":{"dtype":"F32"' + b" " * 40
        ),
        "damaged safetensors",
    ),
    "zip that is no checkpoint": (
        lambda p, n: zip_of(p / "m.pt", ["readme.txt"]),
        "a zip archive, but not a checkpoint",
    ),
    "folder": (lambda p, n: p, "is a folder"),
    "package": (lambda p, n: p / "m.mlpackage", "poseconvert inspect"),
    "missing key": (
        lambda p, n: saved(p / "m.pt", dual(n, without(state(n), "stem.conv.weight"))),
        "1 missing (stem.conv.weight), 0 unexpected",
    ),
    "unexpected key": (
        lambda p, n: saved(p / "m.pt", dual(n, {**state(n), "extra": torch.ones(1)})),
        "0 missing, 1 unexpected (extra)",
    ),
    "wrong shape": (
        lambda p, n: saved(p / "m.pt", dual(n, {**state(n), "stem.conv.weight": torch.ones(1)})),
        "stem.conv.weight has shape (1,), the architecture has (8, 3, 3, 3)",
    ),
    "NaN weight": (
        lambda p, n: saved(
            p / "m.pt", dual(n, {**state(n), "stem.norm.bias": torch.full((8,), float("nan"))})
        ),
        "stem.norm.bias has 8 NaN or Inf of 8 values",
    ),
    "Inf weight": (
        lambda p, n: saved(
            p / "m.pt", dual(n, {**state(n), "stem.norm.bias": torch.full((8,), float("inf"))})
        ),
        "stem.norm.bias has 8 NaN or Inf of 8 values",
    ),
    "unknown keys": (
        lambda p, n: saved(p / "m.pt", {"a.weight": torch.ones(2)}),
        "no known architecture has these keys",
    ),
    "pickled module": (lambda p, n: saved(p / "m.pt", n), "a pickle is code"),
    "pickle with a payload": (
        lambda p, n: saved(p / "m.pt", {"w": Planted(p / "planted")}),
        "a pickle is code",
    ),
    "TorchScript of unknown shape": (
        lambda p, n: scripted(p / "m.pt"),
        "Give it: --input image:1,3,224,224",
    ),
    "damaged ONNX": (lambda p, n: touched(p / "m.onnx", b"\x08\x07garbage" * 9), "not an ONNX"),
    "empty ONNX": (lambda p, n: touched(p / "m.onnx", b""), "is empty"),
    "ONNX weights outside its folder": (
        lambda p, n: external(p / "m.onnx", "../../etc/passwd"),
        "outside the model's folder",
    ),
    "ONNX weights at an absolute path": (
        lambda p, n: external(p / "m.onnx", "/etc/passwd"),
        "outside the model's folder",
    ),
    "ONNX weights missing": (lambda p, n: external(p / "m.onnx", "w.bin"), "is missing"),
    "ONNX weights with NaN": (
        lambda p, n: touched(
            p / "m.onnx",
            graph(
                weights=[numpy_helper.from_array(np.float32([1, np.nan]), "w")]
            ).SerializeToString(),
        ),
        "weight w has 1 NaN of 2 values",
    ),
    "ONNX custom domain": (
        lambda p, n: touched(p / "m.onnx", graph(domain="acme", op="Magic").SerializeToString()),
        "custom operators acme.Magic (1x)",
    ),
    "ONNX output name collision": (
        lambda p, n: touched(p / "m.onnx", graph(outputs=("y", "y")).SerializeToString()),
        "output name 'y' is also the name of another output",
    ),
}


def touched(path, data):
    path.write_bytes(data)
    return path


def scripted(path):
    torch.jit.script(torch.nn.Conv2d(3, 4, 3)).save(path)
    return path


@pytest.mark.parametrize("case", MODELS)
def test_bad_model_is_refused_in_one_line_and_nothing_is_written(
    case, poseconvert, tiny_network, tmp_path
):
    make, text = MODELS[case]
    place = tmp_path / "in"
    place.mkdir()
    model = make(place, tiny_network)
    out = tmp_path / "out.poseconvert"

    finished = poseconvert("convert", model, "-o", out)

    assert finished.code == 2
    assert finished.out == ""
    assert len(finished.errors) == 1, finished.err
    assert text in finished.errors[0]
    assert "Traceback" not in finished.err
    assert list(tmp_path.iterdir()) == [place]
    assert not (place / "planted").exists()


PICTURES = {
    "empty": (lambda p: touched(p / "p.jpg", b""), "is empty (0 bytes)"),
    "text": (lambda p: touched(p / "p.jpg", b"hello" * 99), "not a picture Pillow can read"),
    "truncated": (lambda p: touched(p / "p.jpg", jpeg()[:700]), "damaged picture"),
    "folder": (lambda p: p, "is a folder, not a picture"),
    "floating-point": (lambda p: float_tiff(p / "p.tif"), "has values of unknown range"),
    "missing": (lambda p: p / "none.jpg", "no such picture"),
}


def float_tiff(path):
    from PIL import Image

    Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)).save(path)
    return path


def jpeg():
    import io

    from PIL import Image

    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize("case", PICTURES)
@pytest.mark.parametrize("command", ["convert", "diff"])
def test_bad_picture_is_refused_in_one_line_and_nothing_is_written(
    case, command, poseconvert, tiny_model, tiny_conversion, tmp_path
):
    make, text = PICTURES[case]
    place = tmp_path / "in"
    place.mkdir()
    picture = make(place)
    out, png = tmp_path / "out.poseconvert", tmp_path / "out.png"
    arguments = {
        "convert": ("convert", tiny_model, "-o", out, "--image", picture),
        "diff": ("diff", tiny_conversion, "--image", picture, "--png", png),
    }

    finished = poseconvert(*arguments[command])

    assert finished.code == 2
    assert len(finished.errors) == 1, finished.err
    assert text in finished.errors[0]
    assert list(tmp_path.iterdir()) == [place]


OUTPUTS = {
    "below a file": (lambda p: touched(p / "file", b"x") / "out", "cannot be written"),
    "on a file": (lambda p: touched(p / "file", b"x"), "is a link or not a folder"),
    "on a folder of other things": (
        lambda p: touched(p / "thesis.txt", b"x").parent,
        "holds files that are not a conversion",
    ),
    "on a device": (lambda p: Path("/dev/null/out"), "cannot be written"),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_bad_output_folder_is_refused_and_left_alone(case, poseconvert, tiny_model, tmp_path):
    make, text = OUTPUTS[case]
    out = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    finished = poseconvert("convert", tiny_model, "-o", out)

    assert finished.code == 2
    assert len(finished.errors) == 1, finished.err
    assert text in finished.errors[0]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_failed_run_leaves_no_new_parent_folders(poseconvert, tmp_path):
    finished = poseconvert(
        "convert", touched(tmp_path / "m.pt", b"nonsense"), "-o", tmp_path / "new" / "deep" / "out"
    )

    assert finished.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["m.pt"]


def test_output_name_given_twice_is_refused(poseconvert, tmp_path):
    finished = poseconvert(
        "convert", scripted(tmp_path / "m.pt"), "--input", "x:1,3,8,8", "--outputs", "a,a"
    )

    assert finished.code == 2
    assert "output name a is given twice" in finished.err


@pytest.mark.parametrize(
    ("model", "options", "text"),
    [
        ("state dict", ("--scale", "1/255"), "--scale: only for networks unknown to us"),
        ("state dict", ("--outputs", "a"), "--outputs: only for networks unknown to us"),
        ("torchscript", ("--size", "32", "--input", "x:1,3,8,8"), "are for state dicts"),
        ("onnx", ("--arch", "posenet_mobilenet_v1"), "do not apply to an ONNX file"),
        ("onnx", ("--outputs", "a"), "do not apply to an ONNX file"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    model, options, text, poseconvert, tiny_model, tmp_path
):
    made = {
        "state dict": lambda: tiny_model,
        "torchscript": lambda: scripted(tmp_path / "m.pt"),
        "onnx": lambda: touched(tmp_path / "m.onnx", graph().SerializeToString()),
    }

    finished = poseconvert("convert", made[model](), *options, "-o", tmp_path / "out")

    assert finished.code == 2
    assert text in finished.err
    assert not (tmp_path / "out").exists()


def test_half_precision_weights_are_cast_and_said(poseconvert, tiny_network, tmp_path):
    half = {k: v.half() if v.is_floating_point() else v for k, v in state(tiny_network).items()}
    model = saved(tmp_path / "m.pt", dual(tiny_network, half))

    finished = poseconvert("convert", model, "-o", tmp_path / "out")

    assert finished.code == 0, finished.err
    assert "cast float16 weights to float32" in finished.out


def test_a_model_in_train_mode_is_put_into_eval_and_said(poseconvert, tmp_path):
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.Dropout(0.5))
    torch.jit.script(network.train()).save(tmp_path / "m.pt")

    finished = poseconvert(
        "convert", tmp_path / "m.pt", "--input", "image:1,3,16,16", "-o", tmp_path / "out"
    )

    assert finished.code == 0, finished.err
    assert "train mode: put into eval mode" in finished.out


FOLDERS = {
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "not a conversion folder"),
    "manifest of another schema": (
        lambda f: (f / "manifest.json").write_text('{"schema": "other.v9"}'),
        "schema 'other.v9'",
    ),
    "manifest cut short": (
        lambda f: (f / "manifest.json").write_text((f / "manifest.json").read_text()[:300]),
        "not JSON",
    ),
    "artifact outside the folder": (
        lambda f: rename_artifact(f, "../model.onnx"),
        "artifact ../model.onnx onnx onnx_from_torch, where the chain has model.onnx",
    ),
    "golden edited": (
        lambda f: touched(f / "golden" / "pattern-ramp.u8", bytes(64 * 64 * 3)),
        "was edited",
    ),
}


def rename_artifact(folder, name):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"][0]["name"] = name
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("case", FOLDERS)
def test_damaged_conversion_is_refused_in_one_line(case, poseconvert, conversion_copy):
    damage, text = FOLDERS[case]
    damage(conversion_copy)

    finished = poseconvert("diff", conversion_copy)

    assert finished.code == 2
    assert len(finished.errors) == 1, finished.err
    assert text in finished.errors[0]


def test_a_conversion_without_a_package_is_never_held(poseconvert, conversion_copy):
    shutil.rmtree(conversion_copy / "model.mlpackage")

    finished = poseconvert("diff", conversion_copy, "--allow-edited")

    assert finished.code == 1
    assert "model.mlpackage is missing" in finished.out
    assert "not established" in finished.out


def test_an_onnx_file_that_is_checked_is_still_an_onnx_file(tmp_path):
    """The must-pass side of the table: the same builder gives a valid graph."""
    onnx.checker.check_model(graph())
