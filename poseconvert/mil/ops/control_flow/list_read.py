"""MIL op ``list_read``, of family ``control_flow``."""

from __future__ import annotations

from poseconvert.mil.ops.control_flow.tensor_list import TensorList
from poseconvert.mil.ops.shared import Array, op


@op("list_read", since="CoreML5")
def list_read(*, ls: TensorList, index: int) -> Array:
    """``y = ls[index]``.

    Shapes
    ------
    ``index``: scalar; result: an element.

    Raises
    ------
    IndexError
        The index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_read``.
    """
    return ls.read(int(index))
