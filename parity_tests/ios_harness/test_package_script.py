"""``package-test.sh`` says what it did, and what it did not."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "ios_harness" / "scripts" / "package-test.sh"
TOOLS = (
    "bash",
    "dirname",
    "uname",
    "id",
    "grep",
    "sed",
    "tail",
    "mktemp",
    "rm",
    "env",
    "cp",
    "cat",
)


@pytest.fixture
def package(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "Package.swift").touch()
    return tmp_path / "package"


def run(tmp_path, *arguments, swift=None, swiftc="exit 0"):
    """Run the script where PATH holds a few tools, and the compilers as shell scripts."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name))
    if swift is not None:
        for name, body in (("swift", swift), ("swiftc", swiftc)):
            (tools / name).write_text(f"#!{shutil.which('bash')}\n{body}\n")
            (tools / name).chmod(0o755)
    return subprocess.run(
        [tools / "bash", SCRIPT, *arguments],
        env={"PATH": str(tools), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def executed(tests, failures=0):
    return f"echo 'Executed {tests} tests, with {failures} failures (0 unexpected) in 1 second'"


def test_a_folder_that_is_no_package_is_refused(tmp_path):
    done = run(tmp_path, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: scripts/package-test.sh DIR")


def test_without_a_swift_it_says_in_words_that_nothing_was_tested(tmp_path, package):
    done = run(tmp_path, package)
    assert (done.returncode, done.stdout.startswith("The Swift package was NOT tested: ")) == (
        0,
        True,
    )


def test_where_swift_is_required_that_is_a_failure(tmp_path, package):
    assert run(tmp_path, package, "--require").returncode == 1


def test_its_tests_are_counted_and_nothing_is_left_behind(tmp_path, package):
    done = run(tmp_path, package, swift=executed(3))
    assert done.returncode == 0, done.stdout
    assert done.stdout == (
        "Swift package: type-checked against our stubs; 3 tests executed, all passed (path).\n"
    )
    assert sorted(os.listdir(tmp_path)) == ["package", "tools"]
    assert os.listdir(package) == ["Package.swift"]


@pytest.mark.parametrize(
    ("swift", "swiftc", "words"),
    [
        (f"echo 'X.swift: error: no'; {executed(3, 1)}; exit 1", "exit 0", "X.swift: error: no"),
        (executed(0), "exit 0", "The Swift package failed"),
        (executed(3), "echo 'error: no type'; exit 1", "error: no type"),
    ],
)
def test_a_failure_fails_and_shows_its_line(tmp_path, package, swift, swiftc, words):
    done = run(tmp_path, package, swift=swift, swiftc=swiftc)
    assert done.returncode == 1
    assert words in done.stdout
