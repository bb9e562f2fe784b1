"""MIL op ``constexpr_cast``, of family ``constexpr_ops``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op


@op("constexpr_cast", since="CoreML6")
def constexpr_cast(*, source_val: Array, output_dtype: str) -> Array:
    """``float32(source_val)``.

    Shapes
    ------
    source_val any; output_dtype the string "fp32"

    Raises
    ------
    ValueError
        Another dtype is asked for.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/constexpr_ops.py, ``constexpr_cast``
    """
    if output_dtype != "fp32":
        raise ValueError(f'output_dtype "{output_dtype}", only "fp32" is allowed')
    return np.asarray(source_val, np.float32)
