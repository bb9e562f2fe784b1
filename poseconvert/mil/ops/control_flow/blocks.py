"""MIL op family ``control_flow``: nested blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from poseconvert.mil.package.limits import LOOP_TURNS
from poseconvert.mil.registry import op

#: A nested block: from its inputs to its outputs.
Run: TypeAlias = Callable[..., tuple[Any, ...]]


@op("cond", since="CoreML5", blocks=("_true_fn", "_false_fn"))
def cond(*, pred: bool, _true_fn: Run, _false_fn: Run) -> tuple[Any, ...]:
    """``y = true block if pred else false block``; the other block does not run.

    Shapes
    ------
    ``pred``: scalar; results: those of the block that ran.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``cond``.
    """
    return _true_fn() if pred else _false_fn()


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
