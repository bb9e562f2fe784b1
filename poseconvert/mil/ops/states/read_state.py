"""MIL op ``read_state``, of family ``states``."""

from __future__ import annotations

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.state import Cell


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
