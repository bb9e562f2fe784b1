"""Linux: a process that writes files below some folders, and nowhere else.

Source: linux/landlock.h; Landlock is in Linux 5.13 and newer.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE = 1 << 1
# Removing, making of every kind, since 2 moving between folders, since 3 truncating.
_FIRST = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))
_LATER = {2: 1 << 13, 3: 1 << 14}
_ON_FILES = _WRITE_FILE | 1 << 14
_PR_SET_NO_NEW_PRIVS = 38


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def write_only_below(places: Iterable[Path]) -> bool:
    """Let this thread, and those it starts, write below ``places`` only; False where it cannot.

    Parameters
    ----------
    places : folders and files; those that are not there are passed over.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), _VERSION)
    if version < 1:
        return False
    handled = _FIRST | sum(bit for since, bit in _LATER.items() if version >= since)
    rules = _Ruleset(handled)
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    try:
        for place in places:
            _allow(libc, ruleset, place, handled)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            return False
        return bool(libc.syscall(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path, handled: int) -> None:
    try:
        parent = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = handled if place.is_dir() else handled & _ON_FILES
        rule = _Beneath(rights, parent)
        libc.syscall(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)
