"""MIL op ``identity``, of family ``tensor_operation``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, Facts, op


@op("identity", since="CoreML5", facts=Facts(curve=True))
def identity(*, x: Array) -> Array:
    """``y = x``.

    Shapes
    ------
    ``x``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``identity``.
    """
    return x
