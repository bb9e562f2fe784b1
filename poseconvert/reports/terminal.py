"""What reports on the terminal are printed with: names as they are, tables of plain lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text


@contextmanager
def terminal() -> Iterator[Console]:
    """Yield a console on standard output; a reader that closes the pipe ends the printing."""
    from rich.console import Console

    with suppress(SystemExit):  # rich leaves so when the pipe is closed
        yield Console(file=sys.stdout)


def print_list(console: Console, label: str, sentences: Iterable[str]) -> None:
    """Print sentences, each behind the label, wrapped beside it."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for sentence in sentences:
        grid.add_row(label, as_is(sentence))
    console.print(grid)


def plain_table(left: Iterable[str], *, right: Iterable[str] = ()) -> Table:
    """Return an empty table with lines between sections; ``right`` columns hold numbers."""
    from rich.box import HORIZONTALS
    from rich.table import Table

    table = Table(box=HORIZONTALS, padding=(0, 1, 0, 0), header_style="")
    for heading in left:
        table.add_column(heading, overflow="fold")
    for heading in right:
        table.add_column(heading, overflow="fold", justify="right")
    return table


def as_is(text: str, style: str = "") -> Text:
    """Take names from files as they are: no markup, and no control sequence gets through."""
    from rich.text import Text

    shown = "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
    return Text(shown, style=style)
