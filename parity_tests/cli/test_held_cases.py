"""What was once called held and must not be, by the commands that said it.

Beside these: an average pool that overhangs (``stages/test_coreml_rewrites.py``), a forged record
(``test_diff_recheck.py``), a network that draws random numbers (``pipeline/chain/
test_steadiness.py``).
"""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from poseconvert.conversion.manifest import read_manifest
from poseconvert.mil import Executor, read_package

CONSTANT = Path(__file__).parent / "cases" / "held_but_constant.onnx"


def test_a_package_that_answers_the_same_to_every_picture_is_broken(poseconvert, tmp_path):
    """Its network answers 9,998.6 to 10,002.2, and float16 steps by 8 there."""
    out = tmp_path / "out.poseconvert"
    finished = poseconvert("convert", CONSTANT, "--precision", "fp16", "-o", out)
    assert finished.code == 1
    assert "parity BROKEN" in finished.out
    executor = Executor(read_package(out / "model.mlpackage"), precision="fp16")
    ((name, shape),) = read_manifest(out).inputs.items()
    for value in (0.0, 100.0, 255.0):
        (answer,) = executor.run({name: np.full(shape, value, np.float32)}).values()
        assert np.ptp(answer) == 0


def test_left_to_itself_convert_ships_float32_and_says_why(poseconvert, tmp_path):
    out = tmp_path / "out.poseconvert"
    finished = poseconvert("convert", CONSTANT, "-o", out)
    assert finished.code == 0, finished.err
    manifest = read_manifest(out)
    assert manifest.precision == "fp32"
    (why,) = (note for note in manifest.notes if "float16 broke parity" in note)
    assert "the candidate does not vary where the reference does" in why


def one_more(folder, values):
    """A package that nothing ran, whose hash is right."""
    shutil.copytree(folder / "model.mlpackage", folder / "other.mlpackage")
    values["artifacts"].append({**values["artifacts"][2], "name": "other.mlpackage"})


def one_more_file(folder, values):
    (folder / "other.onnx").write_bytes(b"nothing ran this")
    told = {"name": "other.onnx", "sha256": sha256(b"nothing ran this").hexdigest()}
    values["artifacts"].append({**values["artifacts"][0], **told})


def begins_later(folder, values):
    """PyTorch's row would be gone without a word."""
    values["artifacts"][0]["stage"] = "source"


FORGED = {
    "one more package": (one_more, "artifact other.mlpackage is not one of the chain"),
    "one more file": (one_more_file, "artifact other.onnx is not one of the chain"),
    "a chain that begins later": (begins_later, "where the chain has model.onnx onnx onnx_from"),
}


@pytest.mark.parametrize("command", [("diff",), ("ios-bundle", "-o", "out")], ids=["diff", "ios"])
@pytest.mark.parametrize("name", FORGED)
def test_artifacts_are_exactly_those_of_the_chain(
    poseconvert, conversion_copy, tmp_path, monkeypatch, command, name
):
    monkeypatch.chdir(tmp_path)
    forge, said = FORGED[name]
    path = conversion_copy / "manifest.json"
    values = json.loads(path.read_text())
    forge(conversion_copy, values)
    path.write_text(json.dumps(values))

    finished = poseconvert(command[0], conversion_copy, *command[1:])
    assert (finished.code, len(finished.errors)) == (2, 1)
    assert said in finished.errors[0]
    assert not (tmp_path / "out").exists()
