"""Goldens come back bit for bit, and an edited byte or an odd name is refused."""

import hashlib
import json
import os
import random
import re

import numpy as np
import pytest

from poseconvert.conversion.golden import Goldens, copy_goldens, read_goldens, write_goldens
from poseconvert.drift import Floor
from poseconvert.errors import ConversionError, PoseconvertError

RNG = np.random.default_rng(1)
GOLDENS = Goldens(
    runner="torch",
    names=("blobs-1", "noise"),
    inputs=(RNG.integers(0, 256, (2, 6, 5, 3), dtype=np.uint8),),
    outputs={
        "heatmap": RNG.normal(size=(2, 3, 2, 2)).astype(np.float32),
        "offset": np.array([[1e-45, -0.0], [np.nan, np.inf]], np.float32),
    },
    floor={"heatmap": Floor(1.5e-7, "float64"), "offset": Floor(0.0)},
    origins=("people", "pattern"),
)


@pytest.fixture
def conversion(tmp_path):
    write_goldens(tmp_path, GOLDENS)
    return tmp_path


def index(conversion):
    return json.loads((conversion / "golden" / "golden.json").read_text())


def refusal(conversion, content=None):
    if content is not None:
        (conversion / "golden" / "golden.json").write_text(json.dumps(content))
    with pytest.raises(ConversionError) as caught:
        read_goldens(conversion)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(conversion / "golden"))
    return text


def test_what_was_written_reads_back_bit_for_bit(conversion):
    found = read_goldens(conversion)
    assert (found.runner, found.names) == (GOLDENS.runner, GOLDENS.names)
    assert found.origins == GOLDENS.origins
    assert found.floor == GOLDENS.floor
    (pictures,) = found.inputs
    assert (pictures.dtype, pictures.tobytes()) == (np.uint8, GOLDENS.inputs[0].tobytes())
    assert list(found.outputs) == ["heatmap", "offset"]
    for name, values in GOLDENS.outputs.items():
        assert found.outputs[name].shape == values.shape
        assert found.outputs[name].tobytes() == values.tobytes()


def test_the_files_are_raw_little_endian_values_as_the_phone_reads_them(conversion):
    stored = (conversion / "golden" / "noise.heatmap.f32").read_bytes()
    assert stored == GOLDENS.outputs["heatmap"][1].astype("<f4").tobytes()
    picture = (conversion / "golden" / "noise.u8").read_bytes()
    assert picture == bytes(GOLDENS.inputs[0][1].ravel().tolist())


@pytest.mark.parametrize("dtype", [">f4", "<f4"])
def test_inputs_that_are_no_pictures_and_big_endian_values_keep_their_numbers(tmp_path, dtype):
    values = np.linspace(-1, 1, 8).reshape(2, 4).astype(dtype)
    write_goldens(
        tmp_path, Goldens("torch", ("a", "b"), (values,), {"o": values * 2}, {"o": Floor(0.0)})
    )
    found = read_goldens(tmp_path)
    np.testing.assert_array_equal(found.inputs[0], values)
    np.testing.assert_array_equal(found.outputs["o"], values * 2)


def test_several_inputs_come_back_in_the_networks_order(tmp_path):
    frame = RNG.integers(0, 256, (2, 4, 3, 3), dtype=np.uint8)
    state = RNG.normal(size=(2, 5)).astype(np.float32)
    goldens = Goldens(
        "torch", ("a", "b"), (frame, state, 255 - frame), {"o": state}, {"o": Floor(0.0)}
    )
    write_goldens(tmp_path, goldens)
    found = read_goldens(tmp_path).inputs
    assert [one.dtype.name for one in found] == ["uint8", "float32", "uint8"]
    for one, stored in zip(found, goldens.inputs, strict=True):
        np.testing.assert_array_equal(one, stored)
    assert (tmp_path / "golden" / "b.2.f32").read_bytes() == state[1].tobytes()


@pytest.mark.parametrize("file", ["blobs-1.u8", "noise.offset.f32"])
def test_an_edited_byte_is_refused_by_its_hash(conversion, file):
    path = conversion / "golden" / file
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert f"{path}: was edited (SHA-256 differs). Convert again." in refusal(conversion)


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda _: b""])
def test_a_file_that_is_too_short_is_refused(conversion, change):
    path = conversion / "golden" / "noise.u8"
    path.write_bytes(change(path.read_bytes()))
    assert "its size does not fit (6, 5, 3). Convert again." in refusal(conversion)


def test_a_file_that_is_too_long_is_read_no_further_than_its_shape(conversion):
    with (conversion / "golden" / "noise.u8").open("ab") as file:
        file.truncate(1 << 40)
    assert "noise.u8: cannot be read (larger than 90 bytes)" in refusal(conversion)


def test_a_missing_file_or_folder_is_refused(conversion, tmp_path_factory):
    (conversion / "golden" / "noise.u8").unlink()
    assert "cannot be read (No such file" in refusal(conversion)
    assert "cannot be read (No such file" in refusal(tmp_path_factory.mktemp("empty"))


@pytest.mark.parametrize(
    "name", ["../noise.u8", "/etc/passwd", "a/b", "..", ".", ".hidden", "", "a/../../b"]
)
def test_a_name_that_leaves_the_folder_is_refused(conversion, name):
    content = index(conversion)
    content["cases"][0]["input"]["file"] = name
    assert "at `$.cases[0].input.file`" in refusal(conversion, content)


@pytest.mark.parametrize(
    "change",
    [
        {"dtype": "float64"},
        {"dtype": "object"},
        {"dtype": None},
        {"shape": [0, 3]},
        {"shape": [-6, 15]},
        {"shape": [-6, -15]},
        {"shape": [1 << 40]},
        {"shape": [1 << 15, 1 << 15]},
        {"shape": [6.0, 15]},
        {"shape": [float("inf")]},
        {"shape": "ab"},
        {"shape": None},
        {"file": 5},
        {"file": "x" * 100_000},
        {"sha256": None},
        {"sha256": "zz" * 32},
    ],
)
def test_an_entry_that_describes_no_golden_is_refused(conversion, change):
    content = index(conversion)
    content["cases"][0]["input"].update(change)
    text = refusal(conversion, content)
    assert "malformed (" in text or "not JSON (" in text
    assert len(text) < 300 + len(str(conversion))


def test_a_shape_that_fits_no_other_or_a_name_that_no_file_has_is_refused(conversion):
    content = index(conversion)
    content["cases"][0]["input"]["shape"] = [90]
    assert "malformed goldens (ValueError: all input arrays" in refusal(conversion, content)
    content["cases"][0]["input"]["file"] = "no\0ne"
    assert "its name is not a file's" in refusal(conversion, content)


@pytest.mark.parametrize("word", ["NaN", "-Infinity", "1e999"])
def test_infinity_may_stand_for_a_noise_floor_and_for_nothing_else(conversion, word):
    path = conversion / "golden" / "golden.json"
    text = path.read_text()
    path.write_text(text.replace("1.5e-07", "Infinity"))
    assert read_goldens(conversion).floor["heatmap"].relative == float("inf")
    path.write_text(text.replace("1.5e-07", word))
    assert "not JSON (" in refusal(conversion)
    path.write_text(text.replace(" 6,", " Infinity,").replace("[\n            6,", "[Infinity,"))
    assert "not JSON (" in refusal(conversion) or "malformed (" in refusal(conversion)


def linked(path):
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


def fifo(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("name", ["golden.json", "noise.u8"])
@pytest.mark.parametrize("plant", [linked, fifo])
def test_a_link_or_a_fifo_is_refused_at_once(conversion, name, plant):
    plant(conversion / "golden" / name)
    assert f"{name}: cannot be read (a " in refusal(conversion)


def test_a_folder_that_is_a_link_is_refused(conversion):
    (conversion / "golden").rename(conversion / "moved")
    (conversion / "golden").symlink_to("moved")
    assert "golden is a link" in refusal(conversion)


def test_an_index_that_is_not_the_manifests_is_refused(conversion):
    path = conversion / "golden" / "golden.json"
    known = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_goldens(conversion, sha256=known).names == GOLDENS.names
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ConversionError, match=r"golden\.json: was edited \(SHA-256 differs\)"):
        read_goldens(conversion, sha256=known)


def test_an_output_that_was_promised_and_is_not_stored_is_refused(conversion):
    assert read_goldens(conversion, promised=("offset", "heatmap")).names == GOLDENS.names
    with pytest.raises(ConversionError, match=r"golden\.json: lacks output mask, which the man"):
        read_goldens(conversion, promised=("heatmap", "mask"))


def test_a_copy_holds_what_is_named_and_nothing_that_lies_beside_it(conversion, tmp_path_factory):
    target = tmp_path_factory.mktemp("copy")
    (conversion / "golden" / "secret").symlink_to("/etc/hostname")
    data = (conversion / "golden" / "golden.json").read_bytes()
    copy_goldens(conversion, target, sha256=hashlib.sha256(data).hexdigest())
    named = {path.name for path in (conversion / "golden").iterdir()} - {"secret"}
    assert {path.name for path in (target / "golden").iterdir()} == named
    assert read_goldens(target).names == GOLDENS.names


def test_another_schema_is_refused_by_name(conversion):
    text = refusal(conversion, index(conversion) | {"schema": "poseconvert.golden.v9"})
    assert "schema 'poseconvert.golden.v9', this version reads 'poseconvert.golden.v1'" in text


@pytest.mark.parametrize("content", [[], {}, {"schema": "poseconvert.golden.v1"}, 5, "x"])
def test_an_index_without_its_parts_is_refused(conversion, content):
    assert any(word in refusal(conversion, content) for word in ("malformed (", "schema None"))


@pytest.mark.parametrize("cases", [[], {}, None, [5], [{}]])
def test_an_index_without_cases_is_refused(conversion, cases):
    assert "malformed (" in refusal(conversion, index(conversion) | {"cases": cases})


@pytest.mark.parametrize("floor", [None, [], {"heatmap": 0.0}, {"heatmap": "x", "offset": 0}, 3])
def test_a_noise_floor_that_does_not_fit_the_outputs_is_refused(conversion, floor):
    text = refusal(conversion, index(conversion) | {"floor": floor})
    assert re.search(r"malformed (goldens )?\(", text)


def test_an_output_that_one_case_lacks_is_refused(conversion):
    content = index(conversion)
    del content["cases"][1]["outputs"]["heatmap"]
    assert "malformed goldens (KeyError: 'heatmap')" in refusal(conversion, content)


def test_endless_brackets_are_refused(conversion):
    (conversion / "golden" / "golden.json").write_text("[" * 100_000)
    assert "not JSON (maximum recursion depth" in refusal(conversion)


def test_only_one_line_refusals_escape_from_mutations(conversion):
    path = conversion / "golden" / "golden.json"
    data = path.read_bytes()
    rng, texts = random.Random(6), []
    for _ in range(400):
        changed = bytearray(data)
        for _ in range(rng.choice((1, 2, 6))):
            changed[rng.randrange(len(changed))] = rng.choice(b'{}[]",:0e-x\\\xff')
        path.write_bytes(changed)
        try:
            read_goldens(conversion)
        except PoseconvertError as error:
            texts.append(str(error))
    assert len(texts) > 200, "hardly anything was damaged"
    assert [t for t in texts if "\n" in t or str(conversion) not in t] == []


def test_names_no_file_may_have_become_files_all_the_same(tmp_path):
    values = np.arange(4, dtype=np.float32).reshape(1, 4)
    names = ("scope/y:0", "scope_y_0", "../up")
    goldens = Goldens(
        runner="test",
        names=(".hidden / picture",),
        inputs=(np.zeros((1, 2, 2, 3), np.uint8),),
        outputs={name: values + index for index, name in enumerate(names)},
        floor=dict.fromkeys(names, Floor(0.0)),
    )

    write_goldens(tmp_path, goldens)

    read = read_goldens(tmp_path)
    assert read.names == goldens.names
    for name in names:
        np.testing.assert_array_equal(read.outputs[name], goldens.outputs[name])
    assert {path.parent.name for path in tmp_path.rglob("*.f32")} == {"golden"}


def test_goldens_of_older_versions_hold_the_answer_to_one_ulp(conversion):
    values = index(conversion)
    del values["floor_source"]
    (conversion / "golden" / "golden.json").write_text(json.dumps(values))
    assert read_goldens(conversion).floor["heatmap"] == Floor(1.5e-7, "1 ulp")


@pytest.mark.parametrize("source", [None, [], {"heatmap": "1 ulp"}, 3])
def test_a_floor_whose_source_is_not_told_for_each_output_is_refused(conversion, source):
    text = refusal(conversion, index(conversion) | {"floor_source": source})
    assert re.search(r"malformed (goldens )?\(", text)
