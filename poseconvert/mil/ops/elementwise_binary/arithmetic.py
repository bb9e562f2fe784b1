"""MIL op family ``elementwise_binary``: arithmetic."""

from __future__ import annotations

import numpy as np
import torch

from poseconvert.mil.ops.elementwise_binary.broadcasting import broadcast, check_broadcast
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import saturated


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
    return broadcast(torch.add, x, y)


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
    return broadcast(torch.sub, x, y)


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
    return broadcast(torch.mul, x, y)


@op("real_div", since="CoreML5")
def real_div(*, x: Array, y: Array) -> Array:
    """``z = x / y``; integers lose the fraction and saturate.

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
    if np.asarray(x).dtype.kind == "f":
        return broadcast(torch.true_divide, x, y)
    check_broadcast(x, y)
    return saturated(np.true_divide(x, y), "int32")


@op("floor_div", since="CoreML5")
def floor_div(*, x: Array, y: Array) -> Array:
    """``z = floor(x / y)``; an integer divided by 0 gives 0.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``floor_div``.
    """
    check_broadcast(x, y)
    return np.asarray(np.floor_divide(x, y))


@op("mod", since="CoreML5")
def mod(*, x: Array, y: Array) -> Array:
    """``z = x - floor(x / y) * y``, signed as ``y``; an integer modulo 0 gives 0.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``mod``.
    """
    check_broadcast(x, y)
    return np.asarray(np.mod(x, y))


@op("pow", since="CoreML5")
def pow(*, x: Array, y: Array) -> Array:
    """``z = x ** y``.

    Shapes
    ------
    ``x`` and ``y``: shapes that broadcast; the result has the broadcast shape.

    Raises
    ------
    ValueError
        The shapes do not broadcast, or an integer has a negative exponent.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/elementwise_binary.py, ``pow``.
    """
    if np.asarray(x).dtype.kind == "f":
        return broadcast(torch.pow, x, y)
    check_broadcast(x, y)
    return np.asarray(np.power(x, y))


@op("maximum", since="CoreML5")
def maximum(*, x: Array, y: Array) -> Array:
    """``z = max(x, y)``; NaN wins.

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
    return broadcast(torch.maximum, x, y)


@op("minimum", since="CoreML5")
def minimum(*, x: Array, y: Array) -> Array:
    """``z = min(x, y)``; NaN wins.

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
    return broadcast(torch.minimum, x, y)
