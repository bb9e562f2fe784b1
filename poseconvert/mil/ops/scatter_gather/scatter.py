"""MIL op ``scatter``, of family ``scatter_gather``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.scatter_gather.indices import Places, from_either_end, inside, or_beyond
from poseconvert.mil.ops.scatter_gather.updates import check_updates, replaced
from poseconvert.mil.ops.shared import Array, op


@op("scatter", since="CoreML5")
def scatter_ios15(
    *, data: Array, indices: Array, updates: Array, axis: int = 0, mode: str = "add"
) -> Array:
    """``y = data``, but ``y[..., indices[i], ...] = mode(data[...], updates[..., i, ...])``.

    Negative indices count from the end.

    Shapes
    ------
    ``data``: [A..., size, B...], the result has the same; ``indices``: [I...]; ``updates``:
    [A..., I..., B...].

    Raises
    ------
    IndexError, ValueError
        An index or the axis is outside ``data``, the shapes do not fit, the mode is unknown, or
        an integer is divided by 0.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/scatter_gather.py, ``scatter``.
    """
    return _scatter(data, indices, updates, axis, mode, from_either_end)


@op("scatter", since="CoreML7")
def scatter_ios17(
    *,
    data: Array,
    indices: Array,
    updates: Array,
    axis: int = 0,
    mode: str = "add",
    validate_indices: bool = False,
) -> Array:
    """``y = data``, but ``y[..., indices[i], ...] = mode(data[...], updates[..., i, ...])``.

    Negative and too large indices are refused with ``validate_indices``. Without it Core ML
    leaves them undefined; here their updates are dropped.

    Shapes
    ------
    As in iOS 15.

    Raises
    ------
    IndexError, ValueError
        As in iOS 15; a negative index is outside ``data``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/scatter_gather.py, ``scatter``.
    """
    return _scatter(data, indices, updates, axis, mode, inside if validate_indices else or_beyond)


def _scatter(
    data: Array, indices: Array, updates: Array, axis: int, mode: str, places: Places
) -> Array:
    if not -data.ndim <= axis < data.ndim:
        raise ValueError(f"axis {axis} is outside data {data.shape}")
    axis = axis % data.ndim
    check_updates(updates, (*data.shape[:axis], *np.shape(indices), *data.shape[axis + 1 :]))
    found = places(indices, data.shape[axis])
    by_place = np.moveaxis(updates, range(axis, axis + found.ndim), range(found.ndim))
    return np.moveaxis(replaced(np.moveaxis(data, axis, 0), (found,), by_place, mode), 0, axis)
