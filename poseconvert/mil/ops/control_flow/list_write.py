"""MIL op ``list_write``, of family ``control_flow``."""

from __future__ import annotations

from poseconvert.mil.ops.control_flow.tensor_list import TensorList
from poseconvert.mil.ops.shared import Array, op


@op("list_write", since="CoreML5")
def list_write(*, ls: TensorList, index: int, value: Array) -> TensorList:
    """``y`` is ``ls`` with ``y[index] = value``; beyond the end of a dynamic list it grows.

    Shapes
    ------
    ``index``: scalar; ``value``: an element.

    Raises
    ------
    IndexError
        The index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_write``.
    """
    return ls.written([int(index)], [value])
