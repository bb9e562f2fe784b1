"""Tiny pictures become the bytes that were recorded, on every machine."""

import hashlib
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
RECORD = json.loads((HERE / "goldens" / "goldens.json").read_text())
PICTURES = [name for name in RECORD["sha256"] if not name.endswith(".u8")]


@pytest.fixture(scope="module")
def recorder():
    spec = importlib.util.spec_from_file_location("make_goldens", HERE / "make_goldens.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_is_what_its_hash_says_and_none_is_more():
    files = {path.name for path in (HERE / "goldens").iterdir()} - {"goldens.json"}
    assert files == set(RECORD["sha256"])
    for name, sha256 in RECORD["sha256"].items():
        data = (HERE / "goldens" / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == sha256, name
        assert len(data) < 5000


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_becomes_the_recorded_bytes_in_every_fit(name, recorder):
    found = recorder.inputs_of(name)
    assert len(found) == 3
    for file, data in found.items():
        stored = (HERE / "goldens" / file).read_bytes()
        if data != stored:
            one, two = (np.frombuffer(side, np.uint8).astype(int) for side in (stored, data))
            pytest.fail(f"{file}: {(one != two).sum()} bytes, by up to {abs(one - two).max()}")


def test_the_script_records_these_pictures_and_this_size(recorder):
    assert sorted(PICTURES) == recorder.write_pictures()
    assert (RECORD["width"], RECORD["height"]) == (recorder.WIDTH, recorder.HEIGHT)


def test_no_two_recorded_inputs_are_alike():
    inputs = [sha for name, sha in RECORD["sha256"].items() if name.endswith(".u8")]
    assert len(inputs) == 15
    # A square picture may be cropped as it is stretched only if the input were square.
    assert len(set(inputs)) == 15
