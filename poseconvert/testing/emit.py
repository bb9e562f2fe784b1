"""A test file for one conversion: ``poseconvert convert --emit-tests``."""

from __future__ import annotations

import json
import os
from pathlib import Path

from poseconvert.budgets import SPEC_BYTES
from poseconvert.conversion.atomic_write import file_at_once
from poseconvert.errors import OutputError
from poseconvert.files import followed, read_regular
from poseconvert.testing.checks import Checks

_FIRST = '"""Parity of a conversion, written by: poseconvert convert --emit-tests.'
_FILE = '''\
{first}

The stages are named here, so that a conversion that lacks one fails. Run it with pytest.
"""

from pathlib import Path

import pytest

from poseconvert.testing import Checks

CONVERSION = Checks(Path(__file__).parent / {folder})
STAGES = ({stages})


@pytest.mark.parametrize("stage", STAGES)
def test_stage(stage):
    assert not CONVERSION.stage(stage)


@pytest.mark.parametrize("golden", CONVERSION.goldens)
def test_golden(golden):
    assert not CONVERSION.golden(golden)
'''
_JOINTS = """

@pytest.mark.parametrize("joint", CONVERSION.joints)
def test_joint(joint):
    assert not CONVERSION.joint(joint)
"""


def refuse_foreign(path: Path) -> None:
    """Refuse to write over a file that is not an emitted one.

    Raises
    ------
    OutputError : there is one, or no folder to put it in.
    """
    try:
        first = (
            read_regular(followed(path), limit=SPEC_BYTES.value)
            if path.exists()
            else _FIRST.encode()
        )
        if not first.startswith(_FIRST.encode()):
            raise OutputError(f"{path}: exists and was not written by --emit-tests. Name another.")
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror}). Name another.") from error
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path}: its folder does not exist. Make it first.")


def emit_tests(conversion: Path, path: Path) -> None:
    """Write a test file that passes on this conversion.

    Parameters
    ----------
    conversion : the folder where it stands; the file names it relative to itself.

    Raises
    ------
    ConversionError : the folder cannot be read.
    OutputError : ``path`` cannot be written.
    """
    refuse_foreign(path)
    checks = Checks(conversion)
    relative = os.path.relpath(conversion.absolute(), path.absolute().parent)
    text = _FILE.format(
        first=_FIRST,
        folder=_quoted(Path(relative).as_posix()),
        stages=", ".join(map(_quoted, checks.stages)),
    )
    with file_at_once(path) as partial:
        partial.write_text(text + (_JOINTS if checks.joints else ""), encoding="utf-8")


def _quoted(text: str) -> str:
    """Return a Python string as formatters write it."""
    return json.dumps(text)
