"""Parse JSON that nobody vouches for: how deep it nests is seen before anything is made of it."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

from poseconvert.budgets import JSON_DEPTH

_BRACKETS = b"[]{}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1


def parsed(data: bytes) -> Any:
    """Return what the JSON text ``data`` says; NaN and Infinity are taken, as Python writes them.

    Raises
    ------
    ValueError : no JSON in UTF-8, a whole number of more than 4,300 digits, or brackets nested
        deeper than ``JSON_DEPTH``.
    """
    # Brackets inside strings are taken out only where they could matter: it takes seconds for
    # the annotations of COCO. They could hide a depth as well, where Python's own limit holds.
    if _depth(data) > JSON_DEPTH.value and _depth(_STRING.sub(b"", data)) > JSON_DEPTH.value:
        raise ValueError(f"more than {JSON_DEPTH}")
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError(f"more than {JSON_DEPTH}") from error


def _depth(data: bytes) -> int:
    brackets = np.frombuffer(data.translate(None, _OTHERS), np.uint8)
    return int(np.cumsum(_STEPS[brackets], dtype=np.int64).max(initial=0))
