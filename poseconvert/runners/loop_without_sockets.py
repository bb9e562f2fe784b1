"""An asyncio event loop that wakes itself by a pipe: within the fence no socket can be made."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress


class PipeLoop(asyncio.SelectorEventLoop):
    """A selector loop whose threads wake it by a pipe and not by a pair of sockets.

    Source
    ------
    CPython 3.11 to 3.14, Lib/asyncio/selector_events.py, ``BaseSelectorEventLoop``: it makes the
    pair in ``_make_self_pipe`` and uses it in the three methods below that.
    """

    _internal_fds: int

    def _make_self_pipe(self) -> None:
        self._wake_up, self._woken = os.pipe()
        for end in (self._wake_up, self._woken):
            os.set_blocking(end, False)
        self._internal_fds += 1
        self._add_reader(self._wake_up, self._read_from_self)  # type: ignore[attr-defined]

    def _read_from_self(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._wake_up, 4096):
                pass

    def _write_to_self(self) -> None:
        with suppress(OSError):  # full: it wakes all the same; closed: nobody waits
            os.write(self._woken, b"\0")

    def _close_self_pipe(self) -> None:
        self._remove_reader(self._wake_up)  # type: ignore[attr-defined]
        self._internal_fds -= 1
        for end in (self._wake_up, self._woken):
            os.close(end)
