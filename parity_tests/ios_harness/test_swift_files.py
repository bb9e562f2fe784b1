"""The house's rules for Swift and shell: sizes, and no trace of a machine."""

import re
import subprocess
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[2] / "ios_harness"
TRACKED = [
    HARNESS / name
    for name in subprocess.run(
        ["git", "ls-files"], cwd=HARNESS, capture_output=True, text=True, check=True
    ).stdout.splitlines()
]
SOURCES = [path for path in TRACKED if path.suffix in {".swift", ".sh"}]


def relative(path):
    return path.relative_to(HARNESS).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_file_is_small_and_names_no_machine(path):
    text = path.read_text()
    lines = text.splitlines()
    assert len(lines) <= 250
    assert max(map(len, lines), default=0) <= 110, "swift-format breaks code at 100"
    assert not re.search(r"/(home|root|work|Users)/[a-z]", text)


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if "Sources" in path.parts], ids=relative
)
def test_the_core_crashes_on_nothing_it_reads(path):
    """No forced try, cast or unwrapped value; preconditions are for programmers."""
    for line in path.read_text().splitlines():
        code = line.partition("//")[0]
        assert not re.search(r"\btry!|\bas!|[\w\])]!(?=[\s.,)\]]|$)", code), line


def test_the_core_imports_nothing_of_apples_alone():
    for path in SOURCES:
        if "PoseBenchCore" in path.parts and "Sources" in path.parts:
            modules = set(re.findall(r"^import (\w+)", path.read_text(), re.MULTILINE))
            assert modules <= {"Foundation", "Dispatch"}, relative(path)
