"""Pytest plugin: ``pytest --poseconvert CONVERSION`` tests the parity of a conversion.

One test per stage, per golden output and per joint of each head. The chain runs once. Without the
option nothing is loaded and nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from poseconvert.errors import PoseconvertError
from poseconvert.testing.checks import Checks

_ASKED = pytest.StashKey[frozenset[Path]]()


class NotHeldError(Exception):
    """Why a test fails, one sentence a line: all that is shown of it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("poseconvert").addoption(
        "--poseconvert",
        action="append",
        default=[],
        metavar="CONVERSION",
        help="test the parity of this conversion folder; may repeat. Other tests run only if named",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let the conversions be collected, beside what was named on the command line.

    Raises
    ------
    pytest.UsageError : a folder is not a conversion, or holds Python files.
    """
    folders = [Path(name).resolve() for name in config.getoption("--poseconvert")]
    config.stash[_ASKED] = frozenset(folders)
    if not folders:
        return
    for folder in folders:
        if not (folder / "manifest.json").is_file():
            raise pytest.UsageError(
                f"--poseconvert {folder}: not a conversion folder (no manifest.json)."
                " Make one with: poseconvert convert MODEL"
            )
        # A conftest.py of a stranger would run here, before anything is looked at.
        if code := next(folder.rglob("*.py*"), None):
            raise pytest.UsageError(
                f"--poseconvert {folder}: holds {code.name}, and pytest runs Python that it finds."
                " No conversion holds any: remove it."
            )
    named = config.args if config.args_source is pytest.Config.ArgsSource.ARGS else []
    # A process of pytest-xdist is given what was named before it, conversions and all.
    config.args = [*named, *(str(folder) for folder in folders if str(folder) not in named)]


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the conversions that were asked for."""
    if path in parent.config.stash[_ASKED]:
        found: pytest.Collector = Conversion.from_parent(parent, path=path)
        return found
    return None


class Conversion(pytest.Directory):
    """One conversion folder."""

    def collect(self) -> Iterator[ParityItem]:
        """Yield its tests; one that cannot be read is an error of one line."""
        checks = Checks(self.path)
        try:
            kinds: dict[str, tuple[tuple[str, ...], Callable[[str], tuple[str, ...]]]] = {
                "stage": (checks.stages, checks.stage),
                "golden": (checks.goldens, checks.golden),
                "joint": (checks.joints, checks.joint),
            }
        except PoseconvertError as error:
            raise self.CollectError(str(error)) from error
        for kind, (names, why) in kinds.items():
            for name in names:
                yield ParityItem.from_parent(self, name=f"{kind}[{name}]", why=partial(why, name))


class ParityItem(pytest.Item):
    """One test: fails with the reasons, and with nothing else."""

    def __init__(self, *, why: Callable[[], tuple[str, ...]], **options: Any) -> None:
        super().__init__(**options)
        self._why = why

    def runtest(self) -> None:
        """Fail where there is a reason to."""
        try:
            reasons = self._why()
        except PoseconvertError as error:
            raise NotHeldError(str(error)) from error
        if reasons:
            raise NotHeldError("\n".join(reasons))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the reasons without a traceback."""
        if isinstance(excinfo.value, NotHeldError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the test in reports."""
        return self.path, None, f"{self.path.name}: {self.name}"
