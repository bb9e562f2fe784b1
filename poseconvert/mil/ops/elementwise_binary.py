"""MIL op family ``elementwise_binary``; shapes broadcast as in numpy."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded


def _pair(x: Array, y: Array) -> tuple[Array, Array]:
    """Refuse a broadcast that would not fit into memory."""
    bounded(np.broadcast_shapes(np.shape(x), np.shape(y)))
    return x, y


@op("add", since="CoreML5")
def add(*, x: Array, y: Array) -> Array:
    """``z = x + y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``add``.
    """
    return np.asarray(np.add(*_pair(x, y)))


@op("sub", since="CoreML5")
def sub(*, x: Array, y: Array) -> Array:
    """``z = x - y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``sub``.
    """
    return np.asarray(np.subtract(*_pair(x, y)))


@op("mul", since="CoreML5")
def mul(*, x: Array, y: Array) -> Array:
    """``z = x * y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``mul``.
    """
    return np.asarray(np.multiply(*_pair(x, y)))


@op("real_div", since="CoreML5")
def real_div(*, x: Array, y: Array) -> Array:
    """``z = x / y``; integers lose the fraction when they are stored.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``real_div``.
    """
    return np.asarray(np.true_divide(*_pair(x, y)))


@op("maximum", since="CoreML5")
def maximum(*, x: Array, y: Array) -> Array:
    """``z = max(x, y)``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``maximum``.
    """
    return np.asarray(np.maximum(*_pair(x, y)))


@op("minimum", since="CoreML5")
def minimum(*, x: Array, y: Array) -> Array:
    """``z = min(x, y)``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``minimum``.
    """
    return np.asarray(np.minimum(*_pair(x, y)))


@op("pow", since="CoreML5")
def pow(*, x: Array, y: Array) -> Array:
    """``z = x ** y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``pow``.
    """
    return np.asarray(np.power(*_pair(x, y)))
