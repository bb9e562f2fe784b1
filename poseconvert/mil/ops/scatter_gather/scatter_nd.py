"""Op ``scatter_nd``: slices, replaced by index into several leading dimensions at once."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.scatter_gather.indices import Places, from_either_end, inside, or_beyond
from poseconvert.mil.ops.scatter_gather.updates import check_updates, replaced
from poseconvert.mil.ops.shared import Array, op


@op("scatter_nd", since="CoreML5")
def scatter_nd_ios15(*, data: Array, indices: Array, updates: Array, mode: str = "add") -> Array:
    """``y = data``, but ``y[indices[i, 0], indices[i, 1], ...] = mode(data[...], updates[i])``.

    Negative indices count from the end.

    Shapes
    ------
    ``data``: [D_0..., R...], the result has the same; ``indices``: [I..., number of D];
    ``updates``: [I..., R...].

    Raises
    ------
    IndexError, ValueError
        As ``scatter``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/scatter_gather.py, ``scatter_nd``.
    """
    return _scatter_nd(data, indices, updates, mode, from_either_end)


@op("scatter_nd", since="CoreML7")
def scatter_nd_ios17(
    *,
    data: Array,
    indices: Array,
    updates: Array,
    mode: str = "add",
    validate_indices: bool = False,
) -> Array:
    """``y = data``, but ``y[indices[i, 0], indices[i, 1], ...] = mode(data[...], updates[i])``.

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
    coremltools 9.0, mil/ops/defs/iOS17/scatter_gather.py, ``scatter_nd``.
    """
    return _scatter_nd(data, indices, updates, mode, inside if validate_indices else or_beyond)


def _scatter_nd(data: Array, indices: Array, updates: Array, mode: str, places: Places) -> Array:
    *rows, depth = np.shape(indices)
    if not 1 <= depth <= data.ndim:
        raise ValueError(f"indices {indices.shape} do not fit data {data.shape}")
    check_updates(updates, (*rows, *data.shape[depth:]))
    sizes = data.shape[:depth]
    index = tuple(places(indices[..., place], size) for place, size in enumerate(sizes))
    return replaced(data, index, updates, mode)
