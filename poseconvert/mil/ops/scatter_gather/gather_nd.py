"""Op ``gather_nd``: slices, by index into several leading dimensions at once."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.scatter_gather.indices import Places, from_either_end, inside
from poseconvert.mil.ops.shared import Array, bounded, op


@op("gather_nd", since="CoreML5")
def gather_nd_ios15(*, x: Array, indices: Array) -> Array:
    """``y[i] = x[indices[i, 0], indices[i, 1], ...]``; negative indices count from the end.

    Shapes
    ------
    ``x``: [D_0..., R...], ``indices``: [I..., number of D]; result: [I..., R...].

    Raises
    ------
    IndexError, ValueError
        An index is outside ``x``, there are too many, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/scatter_gather.py, ``gather_nd``.
    """
    return _gather_nd(x, indices, 0, from_either_end)


@op("gather_nd", since="CoreML6")
def gather_nd_ios16(*, x: Array, indices: Array, batch_dims: int = 0) -> Array:
    """``y[b, i] = x[b, indices[b, i, 0], indices[b, i, 1], ...]``, for ``batch_dims`` indices b.

    Negative indices count from the end.

    Shapes
    ------
    ``x``: [batch..., D_0..., R...], ``indices``: [batch..., I..., number of D]; result:
    [batch..., I..., R...].

    Raises
    ------
    IndexError, ValueError
        As in iOS 15, or the batch dimensions differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/scatter_gather.py, ``gather_nd``.
    """
    return _gather_nd(x, indices, batch_dims, from_either_end)


@op("gather_nd", since="CoreML7")
def gather_nd_ios17(
    *, x: Array, indices: Array, batch_dims: int = 0, validate_indices: bool = False
) -> Array:
    """``y[b, i] = x[b, indices[b, i, 0], indices[b, i, 1], ...]``, for ``batch_dims`` indices b.

    Without ``validate_indices`` Core ML leaves negative and too large indices undefined; here
    they are refused either way.

    Shapes
    ------
    As in iOS 16.

    Raises
    ------
    IndexError, ValueError
        As in iOS 16; a negative index is outside ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/scatter_gather.py, ``gather_nd``.
    """
    return _gather_nd(x, indices, batch_dims, inside)


def _gather_nd(x: Array, indices: Array, batch_dims: int, places: Places) -> Array:
    *rows, depth = np.shape(indices)
    if not 0 <= batch_dims <= len(rows) or not 1 <= depth <= x.ndim - batch_dims:
        raise ValueError(f"indices {indices.shape}, batch_dims {batch_dims} do not fit x {x.shape}")
    if tuple(rows[:batch_dims]) != x.shape[:batch_dims]:
        raise ValueError(f"indices {indices.shape} do not share {batch_dims} dims with {x.shape}")
    bounded((*rows, *x.shape[batch_dims + depth :]))
    batch = np.indices(rows[:batch_dims] + [1] * (len(rows) - batch_dims), sparse=True)
    sizes = x.shape[batch_dims : batch_dims + depth]
    columns = [places(indices[..., place], size) for place, size in enumerate(sizes)]
    return np.asarray(x[(*batch[:batch_dims], *columns)])
