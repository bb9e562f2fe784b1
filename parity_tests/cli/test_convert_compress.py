"""``poseconvert convert --compress``: from the command line to the phone's folder."""

import json

import pytest

from poseconvert.conversion.sha256 import digest

COMPRESSED = "model.compressed.mlpackage"


@pytest.fixture
def folder(poseconvert, tiny_model, tmp_path):
    out = tmp_path / "out.poseconvert"
    finished = poseconvert("convert", tiny_model, "-o", out, "--compress", "int8")
    assert finished.code in (0, 1), finished.err
    assert "compressed_from_coreml" in finished.out
    assert "int8: " in finished.out
    assert "MB on disk, was" in finished.out
    verdict = json.loads((out / "manifest.json").read_text())["verdict"]
    assert finished.code == (0 if verdict == "held" else 1)
    return out


def test_a_compressed_conversion_is_inspected_compared_and_bundled(poseconvert, folder, tmp_path):
    finished = poseconvert("inspect", folder / COMPRESSED)
    assert finished.code == 0, finished.err
    assert "constexpr_affine_dequantize" in finished.out
    finished = poseconvert("inspect", folder)
    assert f"{COMPRESSED}: int8" in finished.out

    finished = poseconvert("diff", folder, "--json")
    values = json.loads(finished.out)
    assert values["compress"]["compression"] == "int8"
    assert values["artifacts"][-1]["name"] == COMPRESSED

    finished = poseconvert("ios-bundle", folder, "--allow-broken", "-o", tmp_path / "PoseBenchData")
    assert finished.code == 0, finished.err
    assert "out: with its int8 weights" in finished.out
    shipped = tmp_path / "PoseBenchData" / "out" / "model.mlpackage"
    assert digest(shipped) == digest(folder / COMPRESSED)
    (model,) = json.loads((tmp_path / "PoseBenchData" / "plan.json").read_text())["models"]
    assert model["sha256"] == digest(folder / COMPRESSED)
    assert model["tolerance"]["psnr_db"] == 40


def test_ios_15_is_one_line_and_nothing_is_written(poseconvert, tiny_model, tmp_path):
    finished = poseconvert(
        "convert", tiny_model, "-o", tmp_path / "o", "--compress", "int8", "--target", "iOS15"
    )
    assert finished.code == 2
    assert len(finished.errors) == 1
    assert "iOS15 reads no compressed weights. Give --target iOS16" in finished.err
    assert not (tmp_path / "o").exists()


def test_an_unknown_word_is_refused_with_those_there_are(poseconvert, tiny_model, tmp_path):
    finished = poseconvert("convert", tiny_model, "-o", tmp_path / "o", "--compress", "int3")
    assert finished.code == 2
    for word in ("int3", "int8", "palette8", "palette6", "palette4"):
        assert word in finished.err
    assert not (tmp_path / "o").exists()
