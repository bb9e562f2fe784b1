"""The scripts of the run book: what they ask Xcode for, shown by a stand-in for it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HARNESS = Path(__file__).parents[2] / "ios_harness"
SCRIPTS = sorted((HARNESS / "scripts").glob("*.sh"))


@pytest.fixture
def harness(tmp_path):
    """A copy of the scripts with stand-ins for xcodebuild and xcrun that print their arguments."""
    copy = tmp_path / "harness"
    shutil.copytree(HARNESS / "scripts", copy / "scripts")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("xcodebuild", "xcrun"):
        (tools / name).write_text(f'#!/bin/sh\nfor word; do echo "{name}: $word"; done\n')
        (tools / name).chmod(0o755)
    return copy


def run(harness, script, *arguments, with_xcode=True, **environment):
    path = os.environ["PATH"]
    if with_xcode:
        path = f"{harness.parent / 'tools'}:{path}"
    return subprocess.run(
        ["bash", harness / "scripts" / script, *map(str, arguments)],
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_syntax_error(script):
    subprocess.run(["bash", "-n", script], check=True)


@pytest.fixture
def filled(harness):
    """A harness with a bundle, whose xcodebuild says what it was sent and what a phone says."""
    (harness / "PoseBenchData").mkdir()
    (harness / "PoseBenchData/plan.json").write_text("{}")
    (harness.parent / "tools" / "xcodebuild").write_text(
        "#!/bin/sh\n"
        'for word; do echo "xcodebuild: $word"; [ -n "$next" ] && mkdir -p "$word"; next=;\n'
        '    [ "$word" = -resultBundlePath ] && next=1; done\n'
        'echo "run is $TEST_RUNNER_POSEBENCH_RUN, quick is $TEST_RUNNER_POSEBENCH_QUICK"\n'
        'echo "posebench: 1 of 3, parity dual_head on all: held"\n'
        'exit "${FAILS:-0}"\n'
    )
    return harness


def said(harness, name):
    """All that xcodebuild was asked and said in the only run of a name."""
    (log,) = (harness / "results").glob(f"{name}-*.log")
    return log.read_text()


def test_run_asks_for_one_phone_and_the_team_of_who_runs_it(filled):
    done = run(filled, "run.sh", "UDID", "TEAM", "ParityTests", "LoadTests")
    assert done.returncode == 0, done.stderr
    words = [line.removeprefix("xcodebuild: ") for line in said(filled, "UDID").splitlines()]
    assert words[0] == "test"
    assert "platform=iOS,id=UDID" in words
    assert "DEVELOPMENT_TEAM=TEAM" in words
    assert ".build/xcode-UDID" in words  # two phones do not build into one folder
    assert [word for word in words if word.startswith("-only")] == [
        "-only-testing:DeviceTests/ParityTests", "-only-testing:DeviceTests/LoadTests"]  # fmt: skip


def test_the_terminal_shows_what_the_phone_does_and_what_comes_next(filled):
    lines = run(filled, "run.sh", "--name", "mine", "UDID", "TEAM").stdout.splitlines()
    assert "posebench: 1 of 3, parity dual_head on all: held" in lines
    assert not [line for line in lines if line.startswith("xcodebuild: ")]
    assert lines[-2:] == [
        "  scripts/export.sh mine", "  poseconvert bench show attachments/mine --html mine.html"
    ]  # fmt: skip
    assert (filled / "results/latest-mine.xcresult").is_dir()


def test_a_quick_run_names_its_four_tests_and_tells_the_phone(filled):
    run(filled, "run.sh", "--quick", "UDID", "TEAM")
    text = said(filled, "UDID")
    assert "quick is 1" in text
    assert text.count("-only-testing:DeviceTests/") == 4
    assert "SustainedTests" not in text


def test_a_run_that_broke_off_goes_on_with_its_own_id(filled):
    done = run(filled, "run.sh", "--resume", "--name", "mine", "UDID", "TEAM")
    assert done.returncode == 2
    assert "no run called mine was begun. Omit --resume." in done.stderr
    done = run(filled, "run.sh", "--name", "mine", "UDID", "TEAM", FAILS="65")
    assert done.returncode == 65
    assert "goes on with: scripts/run.sh --resume --name mine" in done.stdout
    first = (filled / "results/mine.run").read_text()
    run(filled, "run.sh", "--resume", "--name", "mine", "UDID", "TEAM")
    assert (filled / "results/mine.run").read_text() == first
    logs = [path.read_text() for path in (filled / "results").glob("mine-*.log")]
    assert logs
    assert all(f"run is {first.strip()}, quick is 0" in text for text in logs)
    run(filled, "run.sh", "--name", "mine", "UDID", "TEAM")
    assert (filled / "results/mine.run").read_text() != first


def test_one_phone_is_measured_by_one_run_at_a_time_and_two_phones_by_two(filled):
    (filled / "results/.busy-UDID").mkdir(parents=True)
    done = run(filled, "run.sh", "UDID", "TEAM")
    assert done.returncode == 2
    assert "UDID is being measured by another run.sh" in done.stderr
    assert run(filled, "run.sh", "OTHER", "TEAM").returncode == 0
    assert sorted(path.name for path in (filled / "results").glob(".busy-*")) == [".busy-UDID"]


@pytest.mark.parametrize(
    "words", [[], ["UDID"], ["--name"], ["--name", "x", "UDID"], ["--fast", "UDID", "TEAM"]]
)
def test_a_call_that_lacks_something_says_what_it_takes(filled, words):
    done = run(filled, "run.sh", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: scripts/run.sh [--quick]")


def test_a_name_stays_a_name(filled):
    done = run(filled, "run.sh", "--name", "../x", "UDID", "TEAM")
    assert done.returncode == 2
    assert "use letters, digits, - and _ only" in done.stderr


def test_another_bundle_identifier_can_be_asked_for(filled):
    run(filled, "run.sh", "UDID", "TEAM", POSEBENCH_ID_PREFIX="com.me")
    assert "xcodebuild: POSEBENCH_ID_PREFIX=com.me" in said(filled, "UDID")
    assert "only-testing" not in said(filled, "UDID")


def test_a_missing_bundle_is_said_before_anything_is_built(harness):
    done = run(harness, "run.sh", "UDID", "TEAM")
    assert done.returncode == 2
    assert "Run: poseconvert ios-bundle CONVERSION -o PoseBenchData" in done.stderr
    assert "xcodebuild" not in done.stdout


def test_export_never_mixes_two_runs(harness, tmp_path):
    (tmp_path / "run.xcresult").mkdir()
    done = run(harness, "export.sh", tmp_path / "run.xcresult", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert "xcrun: attachments" in done.stdout
    (tmp_path / "new").mkdir()
    done = run(harness, "export.sh", tmp_path / "run.xcresult", tmp_path / "new")
    assert done.returncode == 2
    assert "runs are never mixed" in done.stderr


def test_export_takes_the_last_run_of_a_name(harness):
    (harness / "results/latest-mine.xcresult").mkdir(parents=True)
    done = run(harness, "export.sh", "mine")
    assert done.returncode == 0, done.stderr
    assert "xcrun: results/latest-mine.xcresult" in done.stdout
    assert "exported to attachments/mine; next: poseconvert bench show attachments/mine" in (
        done.stdout
    )
    done = run(harness, "export.sh", "other")
    assert done.returncode == 2
    assert "results/latest-other.xcresult is not there" in done.stderr


@pytest.mark.parametrize("script", ["devices.sh", "run.sh", "export.sh"])
@pytest.mark.skipif(shutil.which("xcrun") is not None, reason="this machine has Xcode")
def test_without_xcode_it_is_said_in_one_line(harness, tmp_path, script):
    (tmp_path / "x.xcresult").mkdir()
    arguments = {"run.sh": ["U", "T"], "export.sh": [tmp_path / "x.xcresult", tmp_path / "n"]}
    done = run(harness, script, *arguments.get(script, []), with_xcode=False)
    assert done.returncode == 2
    assert "needs Xcode" in done.stderr
    assert done.stderr.count("\n") == 1
