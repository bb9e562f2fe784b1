"""MIL op ``read_state``, of family ``states``."""

from __future__ import annotations

from poseconvert.mil.executor.state import Cell
from poseconvert.mil.ops.shared import Array, op


@op("read_state", since="CoreML8")
def read_state(*, input: Cell) -> Array:
    """``y`` is the state's present value.

    Shapes
    ------
    Result: shaped as the state.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS18/states.py, ``read_state``.
    """
    return input.array
