"""``python -m poseconvert`` is the command: same words, same exit codes, from any folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from poseconvert import __version__

ROOT = Path(__file__).parents[2]


def module(*arguments, folder):
    return subprocess.run(
        [sys.executable, "-m", "poseconvert", *arguments],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_prints_its_version(tmp_path):
    done = module("--version", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"poseconvert {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["inspect", "gone.onnx"], "poseconvert: gone.onnx: "),
        (["no-such-command"], "poseconvert: No such command 'no-such-command'."),
    ],
)
def test_bad_input_is_one_line_and_exit_2(arguments, said, tmp_path):
    done = module(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


def test_help_calls_itself_poseconvert_and_not_a_file(tmp_path):
    done = module("--help", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "Usage: poseconvert [OPTIONS] COMMAND [ARGS]..."
    for command in ("convert", "doctor", "--install-completion", "--show-completion"):
        assert f"  {command} " in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
