"""The house's rules for Swift and shell: sizes, and no trace of a machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HARNESS = ROOT / "ios_harness"
SHARED = ROOT / "poseconvert" / "devices" / "swift"  # what the user's app gets too
TRACKED = [
    folder / name
    for folder in (HARNESS, SHARED)
    for name in subprocess.run(
        ["git", "ls-files"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if not (folder / name).is_symlink()
]
SOURCES = [path for path in TRACKED if path.suffix in {".swift", ".sh"}]
CORE = [
    path
    for path in SOURCES
    if SHARED in path.parents or HARNESS / "Sources" / "PoseBenchCore" in path.parents
]


def relative(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_file_is_small_and_names_no_machine(path):
    text = path.read_text()
    lines = text.splitlines()
    assert len(lines) <= 250
    assert max(map(len, lines), default=0) <= 110, "swift-format breaks code at 100"
    assert not re.search(r"/(home|root|work|Users)/[a-z]", text)


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if SHARED in p.parents or "Sources" in p.parts], ids=relative
)
def test_the_core_crashes_on_nothing_it_reads(path):
    """No forced try, cast or unwrapped value; preconditions are for programmers."""
    for line in path.read_text().splitlines():
        code = line.partition("//")[0]
        assert not re.search(r"\btry!|\bas!|[\w\])]!(?=[\s.,)\]]|$)", code), line


def test_the_core_imports_nothing_of_apples_alone():
    """But where Core ML can be imported: such a file holds nothing beside that condition."""
    assert len(CORE) > 40
    for path in CORE:
        if "Package" in path.parts:  # templates of the app's package, beside the core
            continue
        modules = set(re.findall(r"^\s*import (\w+)", path.read_text(), re.MULTILINE))
        if modules - {"Foundation", "Dispatch"}:
            lines = path.read_text().splitlines()
            assert (lines[0], lines[-1]) == ("#if canImport(CoreML)", "#endif"), relative(path)
            assert modules <= {"Foundation", "CoreML", "CoreVideo"}


def test_what_the_users_app_gets_is_what_the_harness_measures():
    for path in SHARED.iterdir():
        if path.name != "Package":
            link = HARNESS / "Sources" / "PoseBenchCore" / path.name
            assert link.resolve() == path
