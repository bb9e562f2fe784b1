"""MIL op ``reshape``, of family ``tensor_transformation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, integers, op


@op("reshape", since="CoreML5")
def reshape_ios15(*, x: Array, shape: Array) -> Array:
    """``y`` is ``x`` in row-major order with another shape; 0 keeps a size, -1 takes the rest.

    Shapes
    ------
    ``x``: any; ``shape``: [rank of the result]; a 0 stands for the size of ``x`` at its index.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``, or there is a 0 where ``x`` has no dimension.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_transformation.py, ``reshape``. Its builder allows a
    0 for equal ranks only, its ``enforce_volumetric_constraint`` for any.
    """
    sizes, known = integers(shape), np.shape(x)
    if 0 in sizes[len(known) :]:
        raise ValueError(f"shape {sizes} has a 0 where x {known} has no dimension")
    return np.reshape(x, [size or known[index] for index, size in enumerate(sizes)])


@op("reshape", since="CoreML7")
def reshape_ios17(*, x: Array, shape: Array) -> Array:
    """``y`` is ``x`` in row-major order with another shape; 0 keeps a size, -1 takes the rest.

    Shapes
    ------
    ``x``: any; ``shape``: [rank of the result]; a 0 stands for the size of ``x`` counted from the
    last dimension, or for 1 where ``x`` has none.

    Raises
    ------
    ValueError
        The sizes do not multiply to those of ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/tensor_transformation.py, ``reshape``.
    """
    sizes = integers(shape)
    aligned = [1] * (len(sizes) - np.ndim(x)) + list(np.shape(x)[max(0, np.ndim(x) - len(sizes)) :])
    return np.reshape(x, [size or kept for size, kept in zip(sizes, aligned, strict=True)])
