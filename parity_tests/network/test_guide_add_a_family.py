"""The guide *Add a family*, followed to the letter in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/add-a-family.md").read_text()
FILE, TEST = "poseconvert/network/tiny.py", "parity_tests/network/test_tiny.py"
LIST = "poseconvert/network/families.py"


def block_after(path):
    """The first Python block after a file is named."""
    return re.search(rf"`{re.escape(path)}`.*?^```python\n(.*?)^```", GUIDE, re.M | re.S)[1]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    copy = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "poseconvert", copy / "poseconvert", symlinks=True)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for file in (FILE, TEST):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        (copy / file).write_text(block_after(file))
    families = (copy / LIST).read_text()
    families = families.replace("    posenet,\n", "    posenet,\n    tiny,\n")
    families = families.replace("posenet.FAMILY,\n", "posenet.FAMILY,\n        tiny.FAMILY,\n")
    (copy / LIST).write_text(families)
    return copy


def test_the_guide_says_what_the_copy_is_given():
    assert f"In `{LIST}` add `tiny` to the import and `tiny.FAMILY` to `FAMILIES`" in GUIDE


def test_files_and_names_of_the_guide_exist():
    named = re.findall(r"`((?:poseconvert|parity_tests|docs|benchmarks)/[\w/.]+)`", GUIDE)
    made = {FILE, TEST, "docs/families/tiny.md"}
    assert [name for name in named if name not in made and not (ROOT / name).exists()] == []
    for name, file in re.findall(r"`(_?[A-Z]+)` of\s+`([\w/.]+)`", GUIDE):
        assert re.search(rf"^{name}\b", (ROOT / file).read_text(), re.M), (name, file)


@pytest.mark.slow
def test_whoever_follows_the_guide_has_a_family_that_converts(copy):
    (block,) = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", block],
        cwd=copy, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert "parity held" in done.stdout
    assert (copy / "tiny.poseconvert" / "model.mlpackage").exists()
