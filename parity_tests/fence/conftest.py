"""A few lines of Python run as the commands are: in a child, behind the fence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = """
import os, signal, socket, subprocess, sys, time
from pathlib import Path
from poseconvert.fence import inside, limits
{before}
if not inside.enter():
    from poseconvert.fence import supervisor
    sys.exit(supervisor.supervise(remember=lambda made: print('remembered', made.name)))
"""


@pytest.fixture
def program(tmp_path):
    """The command line of a program; ``before`` runs in the supervisor, too."""

    def made(lines, *, before="pass"):
        script = tmp_path / "program.py"
        script.write_text(START.format(before=before) + lines)
        return [sys.executable, str(script)]

    return made


@pytest.fixture
def run(program, tmp_path):
    def run(lines, *, before="pass", **environment):
        return subprocess.run(
            program(lines, before=before),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )

    return run
