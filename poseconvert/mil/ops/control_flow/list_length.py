"""MIL op ``list_length``, of family ``control_flow``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.control_flow.tensor_list import TensorList
from poseconvert.mil.ops.shared import Array, op


@op("list_length", since="CoreML5")
def list_length(*, ls: TensorList) -> Array:
    """``y`` is the number of elements.

    Shapes
    ------
    Result: scalar, int32.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_length``.
    """
    return np.array(len(ls.elements), np.int32)
