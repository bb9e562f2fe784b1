"""A conversion folder from somebody else: every command that reads it refuses in one short line."""

import json
import os
import shutil

import pytest
from PIL import Image

from poseconvert.conversion.ours import is_ours
from poseconvert.conversion.sha256 import digest


def manifest(change):
    def plant(folder):
        path = folder / "manifest.json"
        values = json.loads(path.read_text())
        change(values)
        path.write_text(json.dumps(values))

    return plant


def instead(name, plant):
    """Put something else where a file or folder was."""

    def change(folder):
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        plant(path)

    return change


def outside(name):
    """Move it out of the folder, and let a link take its place."""

    def change(folder):
        away = folder.parent / "outside"
        (folder / name).rename(away)
        (folder / name).symlink_to(away)

    return change


def zero(path):
    path.symlink_to("/dev/zero")


def one_more(folder):
    shutil.copytree(folder / "model.mlpackage", folder / "more.mlpackage")
    made = lambda v: {**v["artifacts"][-1], "name": "more.mlpackage"}  # noqa: E731
    manifest(lambda v: v["artifacts"].append(made(v)))(folder)


PLANTED = {
    "fp15": (manifest(lambda v: v.update(precision="fp15")), "Invalid enum value 'fp15'"),
    "MODEL 5": (manifest(lambda v: v["model"].update(path=5)), "Expected `str`, got `int`"),
    "a list as a name": (
        manifest(lambda v: v["artifacts"][0].update(name=["model.onnx"])),
        "Expected `str`, got `array`",
    ),
    "NaN as a note": (manifest(lambda v: v.update(notes=[float("nan")])), "not JSON ("),
    "a name of 100 kB": (manifest(lambda v: v["model"].update(path="x" * 100_000)), "malformed ("),
    "a key of 100 kB": (manifest(lambda v: v.update({"x" * 100_000: 1})), "malformed ("),
    "no UTF-8": (instead("manifest.json", lambda p: p.write_bytes(b'{"\xff": 1}')), "not JSON ("),
    "brackets": (instead("manifest.json", lambda p: p.write_text("[" * 100_000)), "not JSON ("),
    "one more artifact": (one_more, "artifact more.mlpackage is not one of the chain"),
    "PyTorch's row gone": (
        manifest(lambda v: v["artifacts"][0].update(stage="source")),
        "artifact model.onnx onnx source, where the chain has model.onnx onnx onnx_from_torch",
    ),
    "a manifest that is a device": (instead("manifest.json", zero), "a link, not a regular file"),
    "a manifest that waits": (instead("manifest.json", os.mkfifo), "a FIFO, not a regular file"),
    "goldens that are a device": (
        instead("golden/golden.json", zero),
        "a link, not a regular file",
    ),
    "goldens that wait": (
        instead("golden/golden.json", os.mkfifo),
        "a FIFO, not a regular file",
    ),
    "goldens elsewhere": (outside("golden"), "golden is a link or no folder"),
    "an artifact elsewhere": (outside("model.simplified.onnx"), "a link, not a regular file"),
    "a package elsewhere": (outside("model.mlpackage"), "a link, not a regular file"),
    "a package with a link": (
        outside("model.mlpackage/Manifest.json"),
        "a link, not a regular file",
    ),
    "a package that waits": (
        instead("model.mlpackage/Manifest.json", os.mkfifo),
        "a FIFO, not a regular file",
    ),
}
COMMANDS = {
    "diff": ("diff",),
    "inspect": ("inspect",),
    "tune": ("tune",),
    "evaluate": ("evaluate", "--n", "1"),
    "recheck": ("diff", "--recheck"),
    "ios-bundle": ("ios-bundle", "-o", "PoseBenchData"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_every_command_refuses_in_one_short_line(
    poseconvert, conversion_copy, tmp_path, monkeypatch, name
):
    plant, text = PLANTED[name]
    plant(conversion_copy)
    monkeypatch.chdir(tmp_path)
    for command in COMMANDS.values():
        finished = poseconvert(*command, conversion_copy)
        assert (finished.code, len(finished.errors), finished.out) == (2, 1, ""), command
        assert text in finished.errors[0], command
        assert len(finished.errors[0]) <= 300 + 2 * len(str(conversion_copy)), command


def test_goldens_that_were_edited_are_named_and_run_only_where_that_is_asked_for(
    poseconvert, conversion_copy
):
    path = conversion_copy / "golden" / "golden.json"
    path.write_text(path.read_text() + " ")
    finished = poseconvert("diff", conversion_copy)
    assert (finished.code, len(finished.errors)) == (2, 1)
    assert "golden/golden.json was edited after the conversion" in finished.errors[0]
    finished = poseconvert("diff", conversion_copy, "--allow-edited")
    assert finished.code == 0
    assert "edited after the conversion: golden/golden.json" in " ".join(finished.out.split())


def test_a_promised_output_that_nothing_has_is_never_held(poseconvert, conversion_copy, tmp_path):
    path = conversion_copy / "golden" / "golden.json"
    values = json.loads(path.read_text())
    for case in values["cases"]:
        case["outputs"]["x"] = case["outputs"]["heatmap2d"]
    values["floor"]["x"], values["floor_source"]["x"] = 0.0, ""
    path.write_text(json.dumps(values))

    def promise(manifest):
        manifest["outputs"]["x"] = manifest["outputs"]["heatmap2d"]
        manifest["goldens"]["golden/golden.json"] = digest(path)

    manifest(promise)(conversion_copy)
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "pic.png")
    for words in ((), (tmp_path / "pic.png",)):  # whose reference is model.onnx
        finished = poseconvert("diff", conversion_copy, *words, "--json")
        assert finished.code == 1
        rows = json.loads(finished.out)["comparisons"]
        assert any(reason.startswith("x: missing") or "lacks output x" in reason
                   for row in rows for reason in row["reasons"])  # fmt: skip
        assert {row["parity"] for row in rows if row["stage"] == "end_to_end"} != {"held"}


def test_what_convert_made_here_is_ours_until_a_byte_of_its_manifest_changes(
    poseconvert, tiny_model, tmp_path
):
    out = tmp_path / "out.poseconvert"
    assert poseconvert("convert", tiny_model, "-o", out).code in (0, 1)
    assert is_ours(out)
    manifest(lambda values: values.update(notes=["mine"]))(out)
    assert not is_ours(out)
