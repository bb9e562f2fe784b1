"""MIL op ``const``, of family ``control_flow``."""

from __future__ import annotations

from poseconvert.mil.ops.shared import Array, op


@op("const", since="CoreML5")
def const(*, val: Array) -> Array:
    """``y = val``, stored in the package; bound when a program is compiled, never run.

    Shapes
    ------
    ``val``: any shape; the result has the same.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/control_flow.py, ``const``.
    """
    return val
