"""MIL op ``write_state``, of family ``states``."""

from __future__ import annotations

from poseconvert.mil.executor.state import Cell
from poseconvert.mil.ops.shared import Array, op


@op("write_state", since="CoreML8")
def write_state(*, input: Cell, data: Array) -> tuple[Array, ...]:
    """``state = data``; gives nothing.

    Shapes
    ------
    ``data``: shaped as the state.

    Raises
    ------
    ValueError
        The shapes differ.

    Source
    ------
    coremltools 9.0, backend/mil/load.py, ``translate_coreml_update_state_op``: what a package
    stores for ``coreml_update_state``.
    """
    if data.shape != input.array.shape:
        raise ValueError(f"data {data.shape} does not fit the state, {input.type}")
    input.array = data
    return ()
