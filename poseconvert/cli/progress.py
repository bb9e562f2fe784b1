"""Progress on standard error: a bar on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from poseconvert.fence.inside import beat


@contextmanager
def steps(total: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that is told each step as it begins.

    Parameters
    ----------
    total : how many steps are expected; more may come.
    quiet : show nothing.
    """
    if sys.stderr.isatty() and not quiet:
        yield from _bar(total)
    else:  # a log or a script gets the error line and nothing else
        yield beat


def _bar(total: int) -> Iterator[Callable[[str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    # The stream is bound now: a stage may redirect sys.stderr while a library talks.
    console = Console(file=sys.stderr)
    columns = (SpinnerColumn(), TextColumn("{task.description:<40}"), BarColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("starting", total=total)
        begun = 0

        def step(name: str) -> None:
            nonlocal begun
            beat(name)
            bar.update(task, description=name, completed=begun, total=max(total, begun + 1))
            begun += 1

        yield step
