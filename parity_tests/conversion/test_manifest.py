"""The manifest comes back as it was written, and nothing malformed gets past it."""

import dataclasses
import json
import os
import random
from pathlib import Path

import pytest

from poseconvert.conversion.manifest import (
    Artifact,
    CompressRecord,
    Manifest,
    ModelRecord,
    RowRecord,
    edited_artifacts,
    read_manifest,
)
from poseconvert.conversion.sha256 import digest
from poseconvert.conversion.size_record import SizeRecord
from poseconvert.decoding import DecodeSpec
from poseconvert.devices.schema import problem
from poseconvert.drift import EXECUTOR, TOLERANCES, Run
from poseconvert.errors import ConversionError, PoseconvertError
from poseconvert.imaging.preprocessing import Preprocessing

SHA = "ab" * 32
HEAD = DecodeSpec(
    skeleton="numbered_2",
    joints=2,
    grid=(14, 14),
    stride=(16.0, 16.0),
    size=(224, 224),
    heatmap="heatmap2d",
    refinement="none",
)
ARTIFACTS = (
    Artifact("model.onnx", "onnx", "onnx_from_torch", SHA),
    Artifact("model.simplified.onnx", "onnx", "simplified_from_onnx", SHA),
    Artifact("model.mlpackage", "mlpackage", "coreml_from_onnx", "cd" * 32),
)


def row(stage, run):
    return RowRecord(stage, str(run), run, "held")


def executed(mode, artifact="model.mlpackage", size=""):
    return Run(artifact, EXECUTOR, mode, size)


ROWS = (
    row("onnx_from_torch", Run("model.onnx", "ONNX Runtime 1")),
    row("simplified_from_onnx", Run("model.simplified.onnx", "ONNX Runtime 1")),
    row("coreml_from_onnx", executed("fp16")),
    row("coreml_from_onnx", executed("fp32")),
    row("end_to_end", executed("fp16")),
)
MANIFEST = Manifest(
    created_utc="2026-01-02T03:04:05Z",
    versions={"poseconvert": "0.1.0"},
    model=ModelRecord("../net.pt", "ef" * 32, "dual_head_mobilenet_v1", {"width": 0.5}, {}),
    notes=("cast float16 weights to float32",),
    inputs={"image": (1, 3, 224, 224)},
    images=("image",),
    outputs={"heatmap2d": (1, 2, 14, 14)},
    preprocessing={"image": Preprocessing(224, 224)},
    decode=(HEAD,),
    precision="fp16",
    keep_fp32=("conv_1",),
    target="iOS16",
    artifacts=ARTIFACTS,
    goldens={"golden/golden.json": SHA},
    parity=ROWS,
    tolerances={"onnx_from_torch": TOLERANCES["onnx_from_torch"]},
    verdict="held",
)
SIZE = SizeRecord(448, 320, {"heatmap2d": (1, 2, 28, 20)}, (HEAD,))
SEVERAL = dataclasses.replace(
    MANIFEST,
    sizes=(SIZE,),
    goldens={**MANIFEST.goldens, "sizes/448x320/golden/golden.json": SHA},
    parity=(
        *ROWS,
        row("coreml_at_448x320", executed("fp16", size="448x320")),
        row("coreml_at_448x320", executed("fp32", size="448x320")),
    ),
)
COMPRESSED = dataclasses.replace(
    MANIFEST,
    compress=CompressRecord("int8", 3, 9, 5, None, None),
    artifacts=(
        *ARTIFACTS,
        Artifact("model.compressed.mlpackage", "mlpackage", "compressed_from_coreml", SHA),
    ),
    parity=(
        *ROWS[:4],
        *(
            row(stage, executed(mode, "model.compressed.mlpackage"))
            for stage, mode in (
                ("compressed_from_coreml", "fp16"),
                ("compressed_from_coreml", "fp32"),
                ("end_to_end", "fp16"),
            )
        ),
    ),
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
    tensors = dataclasses.replace(MANIFEST, preprocessing={}, images=(), decode=(), keep_fp32=())
    for manifest in (tensors, SEVERAL, COMPRESSED):
        manifest.write(tmp_path)
        assert read_manifest(tmp_path) == manifest
    assert SIZE.name == "448x320"


def test_the_same_manifest_is_the_same_bytes(tmp_path):
    MANIFEST.write(tmp_path)
    before = (tmp_path / "manifest.json").read_bytes()
    read_manifest(tmp_path).write(tmp_path)
    assert (tmp_path / "manifest.json").read_bytes() == before


def test_a_folder_that_is_no_conversion_says_how_to_make_one(tmp_path):
    text = refusal(tmp_path)
    assert "not a conversion folder (no readable manifest.json: No such file" in text
    assert "poseconvert convert MODEL" in text
    (tmp_path / "manifest.json").mkdir()
    assert "not a conversion folder" in refusal(tmp_path)
    with pytest.raises(ConversionError, match="not a conversion folder"):
        read_manifest(tmp_path / "gone")


@pytest.mark.parametrize("text", ["", "{", "not json", "\0", "[" * 100_000, "{} {}", "[1e999]"])
def test_what_is_no_json_is_refused(tmp_path, text):
    assert "not JSON (" in refusal(tmp_path, text=text)


def test_a_huge_manifest_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "manifest.json").open("wb") as file:
        file.truncate((16 << 20) + 1)
    assert "larger than 16,777,216 bytes" in refusal(tmp_path)


@pytest.mark.parametrize("schema", ["poseconvert.conversion.v1", "", None, 1, ["x"]])
def test_another_schema_is_refused_by_name(tmp_path, values, schema):
    text = refusal(tmp_path, values | {"schema": schema})
    assert f"schema {schema!r}, this version reads 'poseconvert.conversion.v2'" in text


@pytest.mark.parametrize("whole", ["[]", "3", "null", '"x"'])
def test_json_that_is_no_object_is_refused(tmp_path, whole):
    assert "schema None" in refusal(tmp_path, text=whole)


FIELDS = [field.name for field in dataclasses.fields(Manifest)]


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_refused_by_name(tmp_path, values, field):
    del values[field]
    assert f"malformed ({field} is missing)" in refusal(tmp_path, values)


def at(value, trail):
    for step in trail:
        value = value[step]
    return value


LONG = "x" * 100_000
DEEP = json.loads("[" * 200 + "]" * 200)
#: What a stranger may write where: the place, and what is there instead.
WRONG = [
    (("precision",), "fp15"),
    (("precision",), ["fp16"]),
    (("target",), "iOS9"),
    (("verdict",), "fine"),
    (("model", "path"), 5),
    (("model", "path"), LONG),
    (("model", "sha256"), "g" * 64),
    (("model", "sha256"), "AB" * 32),
    (("model", "sha256"), "ab" * 31),
    (("model", "config"), []),
    (("model", "config"), {"a": {"b": {"c": 1}}}),
    (("model", "options"), {"inputs": {"a": [1, DEEP]}}),
    (("artifacts", 0, "name"), ["model.onnx"]),
    (("artifacts", 0, "format"), "zip"),
    (("artifacts", 0, "stage"), "magic"),
    (("artifacts", 0, "sha256"), None),
    (("artifacts", 0, "surprise"), 1),
    (("artifacts",), {"a": 1}),
    (("artifacts",), 5),
    (("goldens", "golden/golden.json"), "x"),
    (("goldens",), []),
    (("notes",), 5),
    (("notes",), [5]),
    (("notes",), [DEEP]),
    (("notes",), ["x" * 70_000]),
    (("inputs",), {}),
    (("inputs",), None),
    (("inputs", "image"), "1x3"),
    (("inputs", "image"), [1.0]),
    (("inputs", "image"), [-1]),
    (("inputs", "image"), [10**30]),
    (("inputs", "image"), [1] * 17),
    (("inputs", LONG), [1]),
    (("outputs",), {}),
    (("outputs",), []),
    (("outputs", "heatmap2d"), [True]),
    (("images",), [None]),
    (("preprocessing", "image", "width"), "224"),
    (("preprocessing", "image", "fit"), "zoom"),
    (("preprocessing", "image", "colour_order"), "BGR"),
    (("preprocessing", "image", "width"), None),
    (("decode",), None),
    (("decode", 0, "joints"), 0),
    (("decode", 0, "joints"), True),
    (("decode", 0, "skeleton"), "numbered_99999999999"),
    (("decode", 0, "stride"), ["16", "16"]),
    (("decode", 0, "surprise"), 1),
    (("tolerances", "onnx_from_torch", "joint_px"), -1),
    (("tolerances", "onnx_from_torch"), 5),
    (("parity",), []),
    (("parity", 0, "parity"), "fine"),
    (("parity", 0), 3),
    (("routes",), [{"route": "magic"}]),
    (("compress",), {"compression": "int3"}),
    (("sizes",), 5),
    (("sizes",), [{"height": 448}]),
    (("unknown",), 1),
    ((LONG,), 1),
]


@pytest.mark.parametrize(("trail", "wrong"), WRONG, ids=lambda one: str(one)[:40])
def test_a_value_that_its_type_does_not_have_is_one_short_line(tmp_path, values, trail, wrong):
    at(values, trail[:-1])[trail[-1]] = wrong
    text = refusal(tmp_path, values)
    assert "malformed (" in text
    assert len(text) < 300 + len(str(tmp_path))


@pytest.mark.parametrize(("trail", "wrong"), WRONG, ids=lambda one: str(one)[:40])
def test_the_published_schema_refuses_the_same(values, trail, wrong):
    if "skeleton" in trail:
        pytest.skip("which skeletons there are is said in words")
    path = Path(__file__).parents[2] / "docs" / "schemas" / "conversion.v2.schema.json"
    schema = json.loads(path.read_text())
    assert problem(values, schema, root=schema) == ""
    at(values, trail[:-1])[trail[-1]] = wrong
    assert problem(values, schema, root=schema)


@pytest.mark.parametrize(
    "change", [{"height": 0}, {"width": -1}, {"height": "../.."}, {"width": 2.5}, {"height": True}]
)
def test_a_size_that_is_no_size_is_refused(tmp_path, change):
    SEVERAL.write(tmp_path)
    values = json.loads((tmp_path / "manifest.json").read_text())
    values["sizes"][0] |= change
    assert "malformed (" in refusal(tmp_path, values)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "00", '"\\ud800"'])
def test_what_is_no_json_is_refused_deep_inside_too(tmp_path, values, word):
    text = json.dumps(values | {"notes": ["HERE"]}).replace('"HERE"', word)
    assert "not JSON (" in refusal(tmp_path, text=text)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    MANIFEST.write(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"conv_1", b"conv\xff1"))
    assert "not JSON (" in refusal(tmp_path)


def renamed(at, **fields):
    def change(values):
        values["artifacts"][at].update(fields)

    return change


def without_row(values):
    values["parity"] = values["parity"][1:]


def into_onnx(values):
    """All that says where the chain began, but the comparisons."""
    values["artifacts"][0]["stage"] = "source"
    values["model"].update(architecture="onnx", path="../net.onnx")


PROMISES = {
    "a package more": (
        lambda v: v["artifacts"].append({**v["artifacts"][2], "name": "other.mlpackage"}),
        "artifact other.mlpackage is not one of the chain",
    ),
    "an artifact twice": (
        lambda v: v["artifacts"].append(v["artifacts"][2]),
        "artifact model.mlpackage is not one of the chain",
    ),
    "an artifact less": (
        lambda v: v["artifacts"].pop(1),
        "where the chain has model.simplified.onnx onnx simplified_from_onnx",
    ),
    "no artifacts": (lambda v: v["artifacts"].clear(), "where the chain has model.onnx"),
    "another order": (lambda v: v["artifacts"].reverse(), "where the chain has model.onnx"),
    "another name": (renamed(2, name="../m.mlpackage"), "artifact ../m.mlpackage"),
    "another stage": (renamed(1, stage="source"), "where the chain has model.simplified.onnx"),
    "another format": (renamed(0, format="mlpackage"), "where the chain has model.onnx onnx"),
    "another beginning": (renamed(0, stage="source"), "where the chain has model.onnx onnx onnx_"),
    "a MODEL that is ONNX": (
        lambda v: v["model"].update(path="../net.onnx"),
        "MODEL net.onnx is not a file of a network of kind dual_head_mobilenet_v1",
    ),
    "an ONNX file that is not ONNX": (
        lambda v: v["model"].update(architecture="onnx"),
        "MODEL net.pt is not a file of a network of kind onnx",
    ),
    "PyTorch's row left over": (
        into_onnx,
        "onnx_from_torch of model.onnx on ONNX Runtime 1 is not a",
    ),
    "a compressed package that is not a package": (
        lambda v: v.update(compress=dataclasses.asdict(COMPRESSED.compress)),
        "where the chain has model.compressed.mlpackage",
    ),
    "no golden": (lambda v: v.update(goldens={}), "goldens: golden/golden.json is missing"),
    "a golden more": (
        lambda v: v["goldens"].update({"../golden.json": SHA}),
        "goldens: ../golden.json is",
    ),
    "a size without goldens": (
        lambda v: v.update(sizes=[dataclasses.asdict(SIZE)]),
        "goldens: sizes/448x320/golden/golden.json is missing",
    ),
    "a stage less": (without_row, "nothing says how model.onnx did at onnx_from_torch"),
    "a runner less": (
        lambda v: v["parity"].pop(2),
        "nothing says how model.mlpackage did at coreml_from_onnx on reference executor (fp16)",
    ),
    "a runner twice": (
        lambda v: v["parity"].append(v["parity"][2]),
        "coreml_from_onnx was judged twice on reference executor (fp16)",
    ),
    "a stage more": (
        lambda v: v["parity"].append({**v["parity"][0], "stage": "magic"}),
        "magic of model.onnx on ONNX Runtime 1 is not a comparison of the chain",
    ),
    "a verdict that does not follow": (
        lambda v: v["parity"][0].update(parity="broken"),
        "its verdict is held, its comparisons and rules make it broken",
    ),
    "a picture of another size": (
        lambda v: v["preprocessing"]["image"].update(height=60_000, width=60_000),
        "image (1, 3, 224, 224) is not a picture of its preprocessing",
    ),
    "an output without end": (
        lambda v: v["outputs"].update(heatmap2d=[1 << 20, 1 << 20]),
        "heatmap2d (1048576, 1048576) has more than 268435456 values",
    ),
    "an image that is not an input": (
        lambda v: v.update(images=["x"]),
        "images: x is not an input",
    ),
}


@pytest.mark.parametrize("name", PROMISES)
def test_a_manifest_holds_what_the_chain_gives_and_nothing_else(tmp_path, values, name):
    change, text = PROMISES[name]
    change(values)
    assert text in refusal(tmp_path, values)


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


@pytest.fixture
def whole(tmp_path):
    """A folder whose files are what its manifest says."""
    for name in ("model.onnx", "model.simplified.onnx", "golden/golden.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "model.mlpackage").mkdir()
    (tmp_path / "model.mlpackage" / "weights").write_bytes(b"2")
    hashed = [dataclasses.replace(a, sha256=digest(tmp_path / a.name)) for a in ARTIFACTS]
    goldens = {name: digest(tmp_path / name) for name in MANIFEST.goldens}
    return tmp_path, dataclasses.replace(MANIFEST, artifacts=tuple(hashed), goldens=goldens)


def test_what_was_edited_or_is_missing_is_named_goldens_too(whole):
    folder, manifest = whole
    assert edited_artifacts(folder, manifest) == {}
    (folder / "model.mlpackage" / "weights").write_bytes(b"3")
    (folder / "golden" / "golden.json").write_bytes(b"4")
    (folder / "model.onnx").unlink()
    found = edited_artifacts(folder, manifest)
    assert list(found) == ["model.onnx", "model.mlpackage", "golden/golden.json"]
    assert "is missing from" in found["model.onnx"]
    assert "its SHA-256 differs" in found["model.mlpackage"]
    assert "its SHA-256 differs" in found["golden/golden.json"]


@pytest.mark.parametrize(
    "name",
    ["model.onnx", "golden/golden.json", "golden", "model.mlpackage", "model.mlpackage/weights"],
)
def test_a_link_is_not_followed_even_to_the_very_same_bytes(whole, tmp_path_factory, name):
    folder, manifest = whole
    outside = tmp_path_factory.mktemp("outside") / "it"
    (folder / name).rename(outside)
    (folder / name).symlink_to(outside)
    with pytest.raises(ConversionError, match="link"):
        edited_artifacts(folder, manifest)


@pytest.mark.parametrize("name", ["model.onnx", "model.mlpackage/more", "golden/golden.json"])
def test_a_fifo_is_refused_at_once(whole, name):
    folder, manifest = whole
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    with pytest.raises(ConversionError, match="a FIFO, not a regular file"):
        edited_artifacts(folder, manifest)


def test_a_manifest_that_is_a_link_or_a_device_is_refused_at_once(tmp_path):
    path = tmp_path / "manifest.json"
    path.symlink_to("/dev/zero")
    assert "a link, not a regular file" in refusal(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert "a FIFO, not a regular file" in refusal(tmp_path)


def test_the_folder_itself_may_be_a_link_for_the_user_named_it(tmp_path):
    (tmp_path / "real").mkdir()
    MANIFEST.write(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    assert read_manifest(tmp_path / "link") == MANIFEST
