"""The guide *Add an op*, followed to the letter in a copy of the repository."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/guides/add-an-op.md").read_text()
FILE = "poseconvert/mil/ops/activation/hardswish.py"
TEST = "parity_tests/mil/ops/test_op_activation_hardswish.py"
REGISTRY = "parity_tests/mil/executor/test_registry.py"
NEEDED = (
    REGISTRY,
    "parity_tests/mil/executor/test_facts.py",
    "parity_tests/mil/conftest.py",
    "parity_tests/conftest.py",
)


def block_after(path):
    """The first Python block after a file is named."""
    return re.search(rf"`{re.escape(path)}`.*?^```python\n(.*?)^```", GUIDE, re.M | re.S)[1]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    copy = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "poseconvert/mil", copy / "poseconvert/mil")
    shutil.copytree(ROOT / "poseconvert/pipeline/diagnose", copy / "poseconvert/pipeline/diagnose")
    for file in ("poseconvert/__init__.py", "poseconvert/errors.py", "pyproject.toml"):
        shutil.copy(ROOT / file, copy / file)
    for package in ("poseconvert/pipeline", "poseconvert/pipeline/diagnose"):
        (copy / package / "__init__.py").touch()
    for file in ("docs/generate_ops.py", *NEEDED):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    return copy


def test_whoever_follows_the_guide_has_an_op_that_passes(copy, warm_python):
    def run(*words):
        return warm_python(*words, cwd=copy, PYTHONPATH=str(copy))

    for file in (FILE, TEST):
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        (copy / file).write_text(block_after(file))
    registry = (copy / REGISTRY).read_text()
    asked = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "parity_tests", "-k", "hardswish")

    forgotten = run(*asked)
    named = re.search(r"`WITHOUT_CLASS` of\s+`(.*?)`: here `(.*?)`", GUIDE)
    assert named[1] == REGISTRY
    (copy / REGISTRY).write_text(
        registry.replace("WITHOUT_CLASS = {", f"WITHOUT_CLASS = {{{named[2]}, ")
    )
    done = run(*asked)

    assert "name it in WITHOUT_CLASS" in forgotten.stdout
    assert done.returncode == 0, done.stdout[-3000:]
    assert (
        int(re.search(r"(\d+) passed", done.stdout)[1]) >= 7
    )  # its own 3, and what all ops are asked
    assert run("docs/generate_ops.py").returncode == 0
    assert (
        "| `hardswish` | iOS18 | `y = x * min(max(x + 3, 0), 6) / 6`."
        in (copy / "docs/ops.md").read_text()
    )
