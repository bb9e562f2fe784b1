"""MIL op ``cond``, of family ``control_flow``."""

from __future__ import annotations

from typing import Any

from poseconvert.mil.ops.control_flow.nested_block import Run
from poseconvert.mil.ops.shared import op


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
