"""``diff A B``: exit codes, what it prints, and what it refuses before it runs anything."""

import json

import pytest

PICTURE = ("--scale", "1/255")


@pytest.fixture
def files(tiny_conversion, tiny_model, tmp_path):
    import shutil

    for name in ("model.onnx", "model.mlpackage"):
        place = tmp_path / name
        (shutil.copytree if place.suffix == ".mlpackage" else shutil.copy)(
            tiny_conversion / name, place
        )
    shutil.copy(tiny_model, tmp_path / "model.safetensors")
    return tmp_path


def test_two_artifacts_are_held_and_joints_are_read_by_the_familys_decoder(poseconvert, files):
    left = poseconvert("diff", files / "model.safetensors", files / "model.mlpackage", "--json")
    assert left.code == 0, left.err
    found = json.loads(left.out)
    assert found["verdict"] == "held"
    assert {row["candidate_run"]["artifact"] for row in found["comparisons"]} == {"model.mlpackage"}
    assert all(row["joints"] for row in found["comparisons"])


def test_a_broken_candidate_ends_with_1_and_the_report_is_written(poseconvert, files):
    import onnx
    from onnx import numpy_helper

    model = onnx.load(files / "model.onnx")
    weight = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) * 0, weight.name))
    onnx.save(model, files / "broken.onnx")
    page = files / "x.html"
    left = poseconvert("diff", files / "model.onnx", files / "broken.onnx", "--html", page)
    assert left.code == 1
    assert "parity BROKEN" in left.out
    assert "broken.onnx" in page.read_text()


REFUSED = {
    "one artifact": (("model.onnx",), "one artifact. Name another"),
    "options of a conversion": (
        ("model.onnx", "model.mlpackage", "--recheck"),
        "for one conversion",
    ),
    "ops of two packages": (("model.mlpackage", "model.onnx", "--ops"), "Give MODEL, then PACKAGE"),
    "a bad pair": (("model.onnx", "model.mlpackage", "--match", "a"), "not A=B"),
    "options of a pair alone": (("--scale", "1/255"), "are for artifacts A B"),
    "one that is not there": (("model.onnx", "gone.onnx"), "no such file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_is_refused_in_one_line(poseconvert, files, case):
    words, why = REFUSED[case]
    left = poseconvert(
        "diff", *(files / w if w.startswith(("model", "gone")) else w for w in words)
    )
    assert left.code == 2
    assert why in " ".join(left.err.split())


TWO = ("--decode", "dual_head_224", "--decode", "dual_head_224")


def test_two_decoders_put_two_networks_side_by_side(poseconvert, files, tmp_path):
    pair = (files / "model.safetensors", files / "model.mlpackage")
    done = poseconvert("diff", *pair, *TWO, "--image", "figure", "--png", tmp_path / "both.png")
    assert done.code == 0, done.err
    assert "no parity is judged" in " ".join(done.out.split())
    assert (tmp_path / "both.png").exists()
    found = json.loads(poseconvert("diff", *pair, *TWO, "--image", "photo", "--json").out)
    assert found["schema"] == "poseconvert.side-by-side.v1"
    assert found["inputs"] == ["photo"]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (("--html", "x.html"), "--html is for one network"),
        (("--decode", "posenet"), "Give two of both"),
        (("model.onnx",), "Give two of both"),
    ],
)
def test_what_does_not_fit_two_networks_is_refused(poseconvert, files, monkeypatch, more, text):
    monkeypatch.chdir(files)
    done = poseconvert("diff", "model.safetensors", "model.mlpackage", *TWO, *more)
    assert done.code == 2
    assert text in done.err


def test_every_op_of_a_package_is_compared_with_the_network(poseconvert, files):
    done = poseconvert("diff", files / "model.safetensors", files / "model.mlpackage", "--ops",
                       "--image", "figure", "--json")  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads(done.out)
    measured = {graph["stage"]: len(graph["values"]) for graph in found["ops"]}
    assert measured["coreml_from_onnx/fp32"] > 20
