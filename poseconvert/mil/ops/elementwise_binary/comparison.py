"""MIL op family ``elementwise_binary``: comparisons."""

from __future__ import annotations

import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op


@op("equal", since="CoreML5")
def equal(*, x: Array, y: Array) -> Array:
    """``z`` is whether ``x == y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``equal``.
    """
    return broadcast(torch.eq, x, y)


@op("not_equal", since="CoreML5")
def not_equal(*, x: Array, y: Array) -> Array:
    """``z`` is whether ``x != y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``not_equal``.
    """
    return broadcast(torch.ne, x, y)


@op("greater", since="CoreML5")
def greater(*, x: Array, y: Array) -> Array:
    """``z`` is whether ``x > y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``greater``.
    """
    return broadcast(torch.gt, x, y)


@op("greater_equal", since="CoreML5")
def greater_equal(*, x: Array, y: Array) -> Array:
    """``z`` is whether ``x >= y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``greater_equal``.
    """
    return broadcast(torch.ge, x, y)


@op("less", since="CoreML5")
def less(*, x: Array, y: Array) -> Array:
    """``z`` is whether ``x < y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``less``.
    """
    return broadcast(torch.lt, x, y)


@op("less_equal", since="CoreML5")
def less_equal(*, x: Array, y: Array) -> Array:
    """``z`` is whether ``x <= y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``less_equal``.
    """
    return broadcast(torch.le, x, y)
