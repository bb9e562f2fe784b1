"""A command run in a watched child before the same files are run in this process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def refused_in_a_child(command: str, foreign: Path) -> str:
    """Run ``poseconvert COMMAND FOREIGN`` and return its one line; empty where it was not refused.

    Parameters
    ----------
    command : one that loads and runs all that the caller is about to, such as ``diff``.
    foreign : what was not made here.
    """
    words = [sys.executable, "-P", "-m", "poseconvert", command, str(foreign), "--quiet"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode in (0, 1):  # held, or not: a result
        return ""
    last = done.stderr.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
    return last[0].removeprefix("poseconvert: ")
