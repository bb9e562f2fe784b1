"""``swift-test.sh`` says what it did: a count, a failure, or in words that nothing was run."""

import os
import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "ios_harness" / "scripts" / "swift-test.sh"
TOOLS = ("bash", "dirname", "uname", "id", "grep", "sed", "tail", "mktemp", "rm", "env")


def run(tmp_path, *, swift=None, arguments=()):
    """Run the script where PATH holds a few tools, and ``swift`` as a shell script."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name))
    if swift is not None:
        (tools / "swift").write_text(f"#!{shutil.which('bash')}\n{swift}\n")
        (tools / "swift").chmod(0o755)
    return subprocess.run(
        [tools / "bash", SCRIPT, *arguments],
        env={"PATH": str(tools), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def executed(tests, failures=0):
    return (
        f"echo '	 Executed {tests} tests, with {failures} failures (0 unexpected) in 1 second'"
    )


def test_without_a_swift_it_says_in_words_that_nothing_was_run(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Swift tests were NOT run: no swift on PATH, and ")
    assert "passed" not in done.stdout


def test_where_swift_is_required_that_is_a_failure(tmp_path):
    done = run(tmp_path, arguments=["--require"])
    assert done.returncode == 1
    assert "NOT run" in done.stdout


def test_a_swift_on_the_path_is_used_and_its_tests_are_counted(tmp_path):
    done = run(tmp_path, swift=f"{executed(5)}\n{executed(76)}")
    assert done.returncode == 0, done.stdout
    assert done.stdout == "Swift tests: 76 executed, all passed (path).\n"


def test_a_failing_test_fails_and_shows_its_line(tmp_path):
    done = run(tmp_path, swift=f"echo 'X.swift:3: error: 1 is not 2'\n{executed(76, 1)}\nexit 1")
    assert done.returncode == 1
    assert "X.swift:3: error: 1 is not 2" in done.stdout
    assert "Swift tests failed" in done.stdout


def test_no_test_at_all_is_a_failure(tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "zero").mkdir()
    for place, says in (("none", "echo built"), ("zero", executed(0))):
        done = run(tmp_path / place, swift=says)
        assert done.returncode == 1
        assert done.stdout.endswith("Swift tests failed: not one was run.\n")


def test_the_script_leaves_nothing_behind(tmp_path):
    run(tmp_path, swift=executed(1))
    assert sorted(os.listdir(tmp_path)) == ["tools"]
