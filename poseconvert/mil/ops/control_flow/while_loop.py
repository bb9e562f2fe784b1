"""MIL op ``while_loop``, of family ``control_flow``."""

from __future__ import annotations

from typing import Any

from poseconvert.budgets import LOOP_TURNS
from poseconvert.mil.ops.control_flow.nested_block import Run
from poseconvert.mil.ops.shared import op


@op("while_loop", since="CoreML5", several=("loop_vars",), blocks=("_cond", "_body"))
def while_loop(*, _cond: Run, _body: Run, loop_vars: tuple[Any, ...]) -> tuple[Any, ...]:
    """``while cond(*y): y = body(*y)``, starting from ``y = loop_vars``.

    Shapes
    ------
    ``loop_vars``: any; results: as many, shaped as the body gives them.

    Raises
    ------
    ValueError
        The loop does not end within ``LOOP_TURNS`` turns.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``while_loop``.
    """
    for _ in range(LOOP_TURNS.value):
        (goes_on,) = _cond(*loop_vars)
        if not goes_on:
            return loop_vars
        loop_vars = _body(*loop_vars)
    raise ValueError(f"the loop does not end within {LOOP_TURNS}")
