"""Values that the ops of a lowered layer are given in place."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.program import Constant, TensorType

_DTYPES = {"f": "fp32", "i": "int32", "b": "bool", "U": "string"}


def constant(value: Any) -> Constant:
    """Store a value in place."""
    array = np.asarray(value)
    dtype = _DTYPES.get(array.dtype.kind, "fp32")
    if dtype in ("fp32", "int32"):
        array = array.astype({"fp32": np.float32, "int32": np.int32}[dtype], copy=False)
    if array.flags.writeable:
        array = array.copy() if array.base is not None else array
        array.flags.writeable = False
    return Constant(TensorType(dtype, array.shape), array)
