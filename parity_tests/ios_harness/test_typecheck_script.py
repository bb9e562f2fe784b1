"""``typecheck.sh`` fails where a planted wrong call gets through, and says what it did not do."""

import shutil
import subprocess
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[2] / "ios_harness"
TOOLS = (
    "bash", "dirname", "uname", "id", "grep", "sed", "rm", "mktemp", "find", "ls", "wc",
)  # fmt: skip
PLANTED = sorted((HARNESS / "Stubs/planted").glob("*.swift"))


def run(tmp_path, *, swiftc=None, arguments=()):
    """Run the script where PATH holds a few tools, and ``swiftc`` as a shell script."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name))
    if swiftc is not None:
        for name, body in (("swift", "exit 1"), ("swiftc", swiftc)):
            (tools / name).write_text(f"#!{shutil.which('bash')}\n{body}\n")
            (tools / name).chmod(0o755)
    return subprocess.run(
        [tools / "bash", HARNESS / "scripts/typecheck.sh", *arguments],
        env={"PATH": str(tools), "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_a_swift_it_says_in_words_that_nothing_was_checked(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("The Apple-only sources were NOT type-checked: ")


def test_where_swift_is_required_that_is_a_failure(tmp_path):
    assert run(tmp_path, arguments=["--require"]).returncode == 1


def test_a_compiler_that_takes_everything_is_not_believed(tmp_path):
    done = run(tmp_path, swiftc="exit 0")
    assert done.returncode == 1
    assert done.stdout.endswith("was accepted: the check proves nothing.\n")


def test_a_rejection_for_another_reason_is_not_counted(tmp_path):
    done = run(tmp_path, swiftc='case "$*" in *planted*) echo "error: no disk"; exit 1;; esac')
    assert done.returncode == 1
    assert "was rejected, but not with:" in done.stdout


def test_a_source_that_disagrees_fails_the_check(tmp_path):
    done = run(tmp_path, swiftc='case "$*" in *Device*) exit 1;; esac')
    assert done.returncode != 0
    assert "agree" not in done.stdout


def test_rejections_with_their_words_are_counted(tmp_path):
    says = "; ".join(f'grep -q {p.name} <<<"$*" && sed -n 1p {p} && exit 1' for p in PLANTED)
    done = run(tmp_path, swiftc=f"{says}; exit 0")
    assert done.returncode == 0, done.stdout
    assert f"{len(PLANTED)} planted wrong calls were rejected" in done.stdout


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_a_planted_call_names_the_words_it_must_be_rejected_with(path):
    first = path.read_text().splitlines()[0]
    assert first.startswith("// ")
    assert len(first) > 20
