"""The command line, run in this process: one import of torch for all tests."""

import sys
from dataclasses import dataclass

import pytest

from poseconvert.cli import main


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def errors(self):
        return self.err.splitlines()


@pytest.fixture
def poseconvert(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["poseconvert", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "120")
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Finished(left.value.code, out, err)

    return run
