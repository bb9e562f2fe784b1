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


def test_run_asks_for_one_phone_and_the_team_of_who_runs_it(harness):
    (harness / "Resources").mkdir()
    (harness / "Resources/plan.json").write_text("{}")
    done = run(harness, "run.sh", "UDID", "TEAM", "ParityTests", "LoadTests")
    assert done.returncode == 0, done.stderr
    words = [line.removeprefix("xcodebuild: ") for line in done.stdout.splitlines()]
    assert words[0] == "test"
    assert "platform=iOS,id=UDID" in words
    assert "DEVELOPMENT_TEAM=TEAM" in words
    assert words[-3:-1] == ["-only-testing:DeviceTests/ParityTests",
                            "-only-testing:DeviceTests/LoadTests"]  # fmt: skip
    assert words[-1].startswith("results in results/UDID-")


def test_another_bundle_identifier_can_be_asked_for(harness):
    (harness / "Resources").mkdir()
    (harness / "Resources/plan.json").write_text("{}")
    done = run(harness, "run.sh", "UDID", "TEAM", POSEBENCH_ID_PREFIX="com.me")
    assert "xcodebuild: POSEBENCH_ID_PREFIX=com.me" in done.stdout
    assert "only-testing" not in done.stdout


def test_a_missing_bundle_is_said_before_anything_is_built(harness):
    done = run(harness, "run.sh", "UDID", "TEAM")
    assert done.returncode == 2
    assert "Run: poseconvert ios-bundle CONVERSION -o Resources" in done.stderr
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


@pytest.mark.parametrize("script", ["devices.sh", "run.sh", "export.sh"])
@pytest.mark.skipif(shutil.which("xcrun") is not None, reason="this machine has Xcode")
def test_without_xcode_it_is_said_in_one_line(harness, tmp_path, script):
    (tmp_path / "x.xcresult").mkdir()
    arguments = {"run.sh": ["U", "T"], "export.sh": [tmp_path / "x.xcresult", tmp_path / "n"]}
    done = run(harness, script, *arguments.get(script, []), with_xcode=False)
    assert done.returncode == 2
    assert "needs Xcode" in done.stderr
    assert done.stderr.count("\n") == 1
