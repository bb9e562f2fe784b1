"""The manifest comes back as it was written, and nothing malformed gets past it."""

import dataclasses
import json
import random

import pytest

from poseconvert.conversion.digest import digest
from poseconvert.conversion.manifest import (
    Artifact,
    Manifest,
    ModelRecord,
    edited_artifacts,
    read_manifest,
)
from poseconvert.conversion.size_record import SizeRecord
from poseconvert.errors import ConversionError, PoseconvertError

ARTIFACTS = (
    Artifact("model.onnx", "onnx", "onnx_from_torch", "ab" * 32),
    Artifact("model.mlpackage", "mlpackage", "coreml_from_onnx", "cd" * 32),
)
MANIFEST = Manifest(
    created_utc="2026-01-02T03:04:05Z",
    versions={"poseconvert": "0.1.0"},
    model=ModelRecord("../net.pt", "ef" * 32, "dual_head_mobilenet_v1", {"width": 0.5}, {}),
    notes=("cast float16 weights to float32",),
    inputs={"image": (1, 3, 224, 224)},
    images=("image",),
    outputs={"heatmap2d": (1, 24, 14, 14)},
    preprocessing={"width": 224, "height": 224, "fit": "letterbox"},
    decode=({"joints": 24},),
    precision="fp16",
    keep_fp32=("conv_1",),
    target="iOS16",
    artifacts=ARTIFACTS,
    parity=({"stage": "onnx_from_torch", "parity": "held"},),
    tolerances={"onnx_from_torch": {"relative": 1e-5}},
    verdict="held",
)


@pytest.fixture
def values(tmp_path):
    MANIFEST.write(tmp_path)
    return json.loads((tmp_path / "manifest.json").read_text())


def refusal(folder, values=None, *, text=None):
    if values is not None or text is not None:
        (folder / "manifest.json").write_text(json.dumps(values) if text is None else text)
    with pytest.raises(ConversionError) as caught:
        read_manifest(folder)
    found = str(caught.value)
    assert "\n" not in found
    assert str(folder) in found
    return found


def test_what_was_written_reads_back_equal(tmp_path):
    MANIFEST.write(tmp_path)
    assert read_manifest(tmp_path) == MANIFEST
    tensors = dataclasses.replace(MANIFEST, preprocessing=None, decode=(), keep_fp32=())
    tensors.write(tmp_path)
    assert read_manifest(tmp_path) == tensors


def test_the_same_manifest_is_the_same_bytes(tmp_path):
    MANIFEST.write(tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    read_manifest(tmp_path).write(tmp_path)
    assert (tmp_path / "manifest.json").read_bytes() == before


def test_a_folder_that_is_no_conversion_says_how_to_make_one(tmp_path):
    text = refusal(tmp_path)
    assert "not a conversion folder (no readable manifest.json)" in text
    assert "poseconvert convert MODEL" in text
    (tmp_path / "manifest.json").mkdir()
    assert "not a conversion folder" in refusal(tmp_path)
    with pytest.raises(ConversionError, match="not a conversion folder"):
        read_manifest(tmp_path / "gone")


@pytest.mark.parametrize("text", ["", "{", "not json", "\0", "[" * 100_000])
def test_what_is_no_json_is_refused(tmp_path, text):
    assert "not JSON (" in refusal(tmp_path, text=text)


def test_a_huge_manifest_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "manifest.json").open("wb") as file:
        file.truncate((16 << 20) + 1)
    assert "larger than 16777216 bytes" in refusal(tmp_path)


@pytest.mark.parametrize("schema", ["poseconvert.conversion.v1", "", None, 1, ["x"]])
def test_another_schema_is_refused_by_name(tmp_path, values, schema):
    text = refusal(tmp_path, values | {"schema": schema})
    assert f"schema {schema!r}, this version reads 'poseconvert.conversion.v2'" in text


@pytest.mark.parametrize("whole", ["[]", "3", "null", '"x"'])
def test_json_that_is_no_object_is_refused(tmp_path, whole):
    assert "schema None" in refusal(tmp_path, text=whole)


def test_a_conversion_from_before_routes_were_recorded_is_read(tmp_path, values):
    values.pop("routes", None)
    (tmp_path / "manifest.json").write_text(json.dumps(values))

    assert read_manifest(tmp_path).routes == ()


def test_sizes_are_read_back_and_older_conversions_have_one(tmp_path, values):
    size = SizeRecord(448, 320, {"heatmap2d": (1, 24, 28, 20)}, ({"joints": 24},))
    several = dataclasses.replace(MANIFEST, sizes=(size,))
    several.write(tmp_path)
    assert read_manifest(tmp_path) == several
    assert size.name == "448x320"
    del values["sizes"]
    (tmp_path / "manifest.json").write_text(json.dumps(values))
    assert read_manifest(tmp_path).sizes == ()


@pytest.mark.parametrize(
    "change", [{"height": 0}, {"width": -1}, {"height": "../.."}, {"width": 2.5}, {"height": True}]
)
def test_a_size_that_is_none_is_refused(tmp_path, values, change):
    size = {"height": 448, "width": 448, "outputs": {}, "decode": []}
    assert "malformed (size" in refusal(tmp_path, values | {"sizes": [size | change]})


REQUIRED = [f.name for f in dataclasses.fields(Manifest) if f.default is dataclasses.MISSING]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_is_refused(tmp_path, values, field):
    del values[field]
    text = refusal(tmp_path, values)
    assert "malformed (" in text
    assert field in text


@pytest.mark.parametrize(
    "change",
    [
        {"unknown": 1},
        {"outputs": []},
        {"outputs": {"a": 5}},
        {"outputs": {"a": ["x"]}},
        {"inputs": {"image": "1x3"}},
        {"inputs": {"image": [float("inf")]}},
        {"inputs": None},
        {"model": {}},
        {"model": None},
        {"artifacts": {"a": 1}},
        {"artifacts": [{"name": "a"}]},
        {"artifacts": 5},
        {"notes": 5},
        {"decode": None},
        {"sizes": [{"height": 448}]},
        {"sizes": 5},
    ],
)
def test_a_field_of_another_kind_is_refused(tmp_path, values, change):
    assert "malformed (" in refusal(tmp_path, values | change)


@pytest.mark.parametrize(
    "name", ["../model.onnx", "/etc/passwd", "a/b", "..", ".", "", "a/../../b", "./../x"]
)
def test_an_artifact_that_leaves_the_folder_is_refused(tmp_path, values, name):
    values["artifacts"][0]["name"] = name
    assert f"artifact {name!r} leaves the folder. Refused." in refusal(tmp_path, values)


def test_only_one_line_refusals_escape_from_mutations(tmp_path):
    MANIFEST.write(tmp_path)
    path = tmp_path / "manifest.json"
    data = path.read_bytes()
    rng, texts = random.Random(5), []
    for _ in range(400):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 2, 6))):
            changed[rng.randrange(len(changed))] = rng.choice(b'{}[]",:0e-x\\\xff')
        path.write_bytes(changed)
        try:
            read_manifest(tmp_path)
        except PoseconvertError as error:
            texts.append(str(error))
    assert len(texts) > 200, "hardly anything was damaged"
    assert [t for t in texts if "\n" in t or str(tmp_path) not in t] == []


def test_an_edited_or_missing_artifact_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"1")
    (tmp_path / "model.mlpackage").mkdir()
    (tmp_path / "model.mlpackage" / "weights").write_bytes(b"2")
    hashed = tuple(dataclasses.replace(a, sha256=digest(tmp_path / a.name)) for a in ARTIFACTS)
    manifest = dataclasses.replace(MANIFEST, artifacts=hashed)
    assert edited_artifacts(tmp_path, manifest) == {}
    (tmp_path / "model.mlpackage" / "weights").write_bytes(b"3")
    (tmp_path / "model.onnx").unlink()
    found = edited_artifacts(tmp_path, manifest)
    assert list(found) == ["model.onnx", "model.mlpackage"]
    assert "is missing from" in found["model.onnx"]
    assert "its SHA-256 differs" in found["model.mlpackage"]
