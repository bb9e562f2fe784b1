import json
import shutil

import numpy as np
import pytest

from poseconvert.mil import ArrayFeature, TensorType, read_package


def test_a_package_is_read_into_records(package):
    read = read_package(package)
    assert read.spec_version == 6
    assert read.inputs == (ArrayFeature("x", (1, 3, 8, 8), "fp32"),)
    assert read.outputs == (ArrayFeature("out", (1, 4, 6, 6), "fp32"),)
    assert read.program.main.opset == "CoreML5"
    assert read.metadata["com.github.apple.coremltools.version"]
    conv = read.program.main.block.operations[-1]
    assert (conv.type, conv.name) == ("conv", "out")
    assert conv.inputs["x"] == ("x",)
    assert conv.outputs == (("out", TensorType("fp32", (1, 4, 6, 6))),)


def test_stored_values_are_what_the_builder_was_given(package):
    main = read_package(package).program.main
    weight = main.constants()[main.block.operations[-1].inputs["weight"][0]]
    wanted = np.random.default_rng(0).normal(size=(4, 3, 3, 3)).astype(np.float32)
    np.testing.assert_array_equal(weight.array, wanted)
    assert not weight.array.flags.writeable


def test_constants_of_every_dtype_survive(save):
    values = {
        "a": np.arange(5, dtype=np.int32),
        "b": np.array([True, False]),
        "c": np.array([0.1, -7], np.float32),
        "d": np.array([6e-8, 65504], np.float16),
        "e": np.array([-128, 127], np.int8),
        "f": np.array([255, 0], np.uint8),
        "g": np.array([-32768, 5], np.int16),
        "h": np.array([65535, 5], np.uint16),
    }

    def build(mb, x):
        for name, value in values.items():
            mb.const(val=value, name=name)
        return mb.relu(x=x)

    stored = read_package(save(build, (1,), target="iOS17")).program.main.constants()
    for name, value in values.items():
        if name in stored:  # coremltools drops nothing here today
            assert stored[name].array.dtype == value.dtype
            np.testing.assert_array_equal(stored[name].array, value)
    assert set(values) <= set(stored)


def manifest(path, change):
    file = path / "Manifest.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


def point_at(path, where):
    manifest(path, lambda m: m["itemInfoEntries"][m["rootModelIdentifier"]].update(path=where))


def test_a_path_that_is_no_package_is_refused(tmp_path, refusal):
    assert "no .mlpackage folder is there" in refusal(tmp_path / "missing.mlpackage")
    compiled = tmp_path / "net.mlmodelc"
    compiled.mkdir()
    assert "a compiled model" in refusal(compiled)
    empty = tmp_path / "empty.mlpackage"
    empty.mkdir()
    assert "Manifest.json' is missing" in refusal(empty)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"rootModelIdentifier": "a"}',
        "\0",
        "[" * 32,
        '{"rootModelIdentifier": "a", "itemInfoEntries": {"a": 3}}',
        '{"rootModelIdentifier": "a", "itemInfoEntries": {"a": {"path": 3}}}',
    ],
)
def test_a_manifest_that_names_no_model_is_refused(package, content, refusal):
    (package / "Manifest.json").write_text(content)
    assert "Manifest.json names no root model" in refusal(package)


def test_paths_out_of_the_package_are_refused(package, tmp_path, refusal):
    outside = tmp_path / "outside.mlmodel"
    shutil.copy(package / "Data/com.apple.CoreML/model.mlmodel", outside)
    for where in (str(outside), "../../outside.mlmodel"):
        point_at(package, where)
        assert "leads out of the package" in refusal(package)
    (package / "Data" / "link").symlink_to(outside)
    point_at(package, "link")
    assert "leads out of the package" in refusal(package)
    point_at(package, "com.apple.CoreML/gone.mlmodel")
    assert "is missing. Copy the whole package" in refusal(package)
    point_at(package, "nul\0byte")
    assert "is not a path" in refusal(package)


def test_a_symlink_loop_is_refused(package, refusal):
    (package / "Data" / "loop").symlink_to(package / "Data" / "loop")
    point_at(package, "loop")
    refusal(package)


def test_a_missing_weight_file_is_refused(package, refusal):
    shutil.rmtree(package / "Data/com.apple.CoreML/weights")
    assert "weight.bin' is missing" in refusal(package)


def test_a_truncated_model_is_refused(package, refusal):
    file = package / "Data/com.apple.CoreML/model.mlmodel"
    file.write_bytes(file.read_bytes()[:-3])
    assert "is truncated or no Core ML model" in refusal(package)
    file.write_bytes(b"")
    assert "specification version 0" in refusal(package)


def test_reading_says_nothing(package, capfd, caplog):
    read_package(package)
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
