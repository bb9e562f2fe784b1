"""MIL op ``list_gather``, of family ``control_flow``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.control_flow.tensor_list import TensorList
from poseconvert.mil.ops.shared import Array, integers, op


@op("list_gather", since="CoreML5")
def list_gather(*, ls: TensorList, indices: Array) -> Array:
    """``y[i] = ls[indices[i]]``.

    Shapes
    ------
    ``indices``: [K]; result: [K, element...].

    Raises
    ------
    IndexError
        An index does not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``list_gather``.
    """
    return np.stack([ls.read(index) for index in integers(indices)])
