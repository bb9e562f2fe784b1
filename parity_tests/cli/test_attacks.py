"""Files that crash a library, and machines without space: one line, and nothing is left."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "attacks"
ROOT = Path(__file__).parents[2]


def run(*words, cwd, **environment):
    """Run the command as a user does, in a child of its own."""
    return subprocess.run(
        [sys.executable, "-m", "poseconvert", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def only_line(finished, *, code=2):
    assert finished.returncode == code, finished.stderr
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    assert line.startswith("poseconvert: ")
    assert len(line) <= 300 + len("poseconvert: ")
    assert "This is a bug" not in line
    return line


def emptied(source, target, chosen):
    """Copy an archive with the records that ``chosen`` picks made empty."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"" if chosen(name.partition("/")[2]) else old.read(name))
    return target


RECORDS = {
    "as it was found": None,
    "all weights": lambda name: name.startswith("data/"),
    "constants": lambda name: name.startswith("constants"),
    "the object itself": lambda name: name == "data.pkl",
    "the version": lambda name: name == "version",
}


FIRST, *OTHERS = RECORDS


@pytest.mark.parametrize(
    "name", [FIRST, *(pytest.param(n, marks=pytest.mark.slow) for n in OTHERS)]
)
def test_torchscript_without_some_of_its_records_is_one_line(tmp_path, name):
    found = HERE / "torchscript_empty_record.pt"
    model = tmp_path / "network.pt"
    if RECORDS[name] is None:
        model.write_bytes(found.read_bytes())
    else:
        emptied(found, model, RECORDS[name])
    only_line(run("convert", model, "--input", "image:1,3,32,32", cwd=tmp_path))
    assert list(tmp_path.iterdir()) == [model]


@pytest.fixture
def full_disk(tmp_path):
    place = tmp_path / "full"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("cannot mount a small file system here (not root)")
    try:
        (place / "filler").write_bytes(bytes(60 << 10))
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.slow
def test_convert_needs_no_temporary_folder(full_disk, tmp_path, tiny_model):
    """Its temporary files lie beside its result, where there must be space anyway."""
    before = set(full_disk.iterdir())
    out = tmp_path / "made.poseconvert"
    finished = run("convert", tiny_model, "-o", out, "--quiet", cwd=tmp_path, TMPDIR=str(full_disk))
    assert (finished.returncode, finished.stderr) == (0, "")
    left = {path.name for path in set(full_disk.iterdir()) - before}
    assert left <= {".ses"}  # ONNX Runtime's own
    assert (out / "manifest.json").is_file()


def test_a_full_place_for_the_result_is_one_line(full_disk, tiny_model, tmp_path):
    before = set(full_disk.iterdir())
    line = only_line(run("convert", tiny_model, "-o", full_disk / "made.poseconvert", cwd=tmp_path))
    assert "space" in line
    assert set(full_disk.iterdir()) == before
