"""MIL op ``list_scatter``, of family ``control_flow``."""

from __future__ import annotations

from poseconvert.mil.ops.control_flow.tensor_list import TensorList
from poseconvert.mil.ops.shared import Array, integers, op


@op("list_scatter", since="CoreML5")
def list_scatter(*, ls: TensorList, indices: Array, value: Array) -> TensorList:
    """``y`` is ``ls`` with ``y[indices[i]] = value[i]``; a dynamic list grows as far as it must.

    Shapes
    ------
    ``indices``: [K]; ``value``: [K, element...].

    Raises
    ------
    IndexError
        An index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_scatter``.
    """
    return ls.written(integers(indices), list(value))
