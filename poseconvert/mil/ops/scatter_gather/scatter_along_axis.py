"""MIL op ``scatter_along_axis``, of family ``scatter_gather``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.scatter_gather.indices import Places, from_either_end, inside, or_beyond
from poseconvert.mil.ops.scatter_gather.updates import check_updates, replaced
from poseconvert.mil.ops.shared import Array, op


@op("scatter_along_axis", since="CoreML5")
def scatter_along_axis_ios15(
    *, data: Array, indices: Array, updates: Array, axis: int = 0, mode: str = "add"
) -> Array:
    """``y = data``, but ``y[..., indices[..., i, ...], ...] = mode(data, updates[..., i, ...])``.

    Negative indices count from the end.

    Shapes
    ------
    ``data``: any, the result has the same; ``indices``, ``updates``: as ``data`` but for ``axis``.

    Raises
    ------
    IndexError, ValueError
        As ``scatter``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/scatter_gather.py, ``scatter_along_axis``.
    """
    return _scatter_along_axis(data, indices, updates, axis, mode, from_either_end)


@op("scatter_along_axis", since="CoreML7")
def scatter_along_axis_ios17(
    *,
    data: Array,
    indices: Array,
    updates: Array,
    axis: int = 0,
    mode: str = "add",
    validate_indices: bool = False,
) -> Array:
    """``y = data``, but ``y[..., indices[..., i, ...], ...] = mode(data, updates[..., i, ...])``.

    Negative and too large indices: as ``scatter`` in iOS 17.

    Shapes
    ------
    As in iOS 15.

    Raises
    ------
    IndexError, ValueError
        As ``scatter`` in iOS 17.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/scatter_gather.py, ``scatter_along_axis``.
    """
    places = inside if validate_indices else or_beyond
    return _scatter_along_axis(data, indices, updates, axis, mode, places)


def _scatter_along_axis(
    data: Array, indices: Array, updates: Array, axis: int, mode: str, places: Places
) -> Array:
    if not -data.ndim <= axis < data.ndim == indices.ndim:
        raise ValueError(f"axis {axis}, indices {indices.shape} do not fit data {data.shape}")
    axis = axis % data.ndim
    check_updates(updates, indices.shape)
    check_updates(indices, (*data.shape[:axis], indices.shape[axis], *data.shape[axis + 1 :]))
    grid = np.indices(indices.shape, sparse=True)
    found = places(indices, data.shape[axis])
    return replaced(data, (*grid[:axis], found, *grid[axis + 1 :]), updates, mode)
