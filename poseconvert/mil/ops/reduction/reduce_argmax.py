"""MIL op ``reduce_argmax``, of family ``reduction``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.reduction.arg import arg_indices
from poseconvert.mil.ops.shared import Array, op


@op("reduce_argmax", since="CoreML5")
def reduce_argmax_ios15(*, x: Array, axis: int = -1, keep_dims: bool = False) -> Array:
    """``y`` is the index of the largest of ``x`` along ``axis``; the first of equals.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axis``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_argmax``; Core ML does not promise
    which of equals it takes.
    """
    return arg_indices(np.argmax, x, axis, keep_dims, "int32")


@op("reduce_argmax", since="CoreML7")
def reduce_argmax_ios17(
    *, x: Array, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32"
) -> Array:
    """``y`` is the index of the largest of ``x`` along ``axis``; the first of equals.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axis``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError, ValueError
        ``x`` has no such axis, or indices along it do not fit ``output_dtype``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/reduction.py, ``reduce_argmax``; Core ML does not promise
    which of equals it takes.
    """
    return arg_indices(np.argmax, x, axis, keep_dims, output_dtype)
