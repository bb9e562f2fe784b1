"""Op ``gather``: whole slices, by index along one axis."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.scatter_gather.indices import Places, from_either_end, inside
from poseconvert.mil.ops.shared import Array, bounded, op


@op("gather", since="CoreML5")
def gather_ios15(*, x: Array, indices: Array, axis: int = 0) -> Array:
    """``y = x`` taken at ``indices`` along ``axis``; negative indices count from the end.

    Shapes
    ------
    ``x``: [A..., size, B...], ``indices``: [I...]; result: [A..., I..., B...].

    Raises
    ------
    IndexError, ValueError
        An index or the axis is outside ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/scatter_gather.py, ``gather``.
    """
    return _gather(x, indices, axis, 0, from_either_end)


@op("gather", since="CoreML6")
def gather_ios16(*, x: Array, indices: Array, axis: int = 0, batch_dims: int = 0) -> Array:
    """``y[b] = x[b]`` taken at ``indices[b]`` along ``axis``, for each of ``batch_dims`` indices.

    Shapes
    ------
    ``x``: [batch..., A..., size, B...], ``indices``: [batch..., I...]; result:
    [batch..., A..., I..., B...].

    Raises
    ------
    IndexError, ValueError
        An index or the axis is outside ``x``, or the batch dimensions differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/scatter_gather.py, ``gather``.
    """
    return _gather(x, indices, axis, batch_dims, from_either_end)


@op("gather", since="CoreML7")
def gather_ios17(
    *, x: Array, indices: Array, axis: int = 0, batch_dims: int = 0, validate_indices: bool = False
) -> Array:
    """``y[b] = x[b]`` taken at ``indices[b]`` along ``axis``, for each of ``batch_dims`` indices.

    Without ``validate_indices`` Core ML leaves negative and too large indices undefined; here
    they are refused either way.

    Shapes
    ------
    As in iOS 16.

    Raises
    ------
    IndexError, ValueError
        An index, negative ones too, or the axis is outside ``x``, or the batch dimensions differ.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/scatter_gather.py, ``gather``.
    """
    return _gather(x, indices, axis, batch_dims, inside)


def _gather(x: Array, indices: Array, axis: int, batch_dims: int, places: Places) -> Array:
    x, indices = np.asarray(x), np.asarray(indices)
    axis = axis + x.ndim if axis < 0 else axis
    if not 0 <= batch_dims <= min(axis, indices.ndim) or axis >= x.ndim:
        raise IndexError(f"axis {axis}, batch_dims {batch_dims} do not fit x {x.shape}")
    batch = x.shape[:batch_dims]
    if indices.shape[:batch_dims] != batch:
        raise ValueError(f"indices {indices.shape} do not share {batch_dims} dims with {x.shape}")
    found = places(indices, x.shape[axis])
    shape = bounded((*x.shape[:axis], *indices.shape[batch_dims:], *x.shape[axis + 1 :]))
    taken = [np.take(x[b], found[b], axis=axis - batch_dims) for b in np.ndindex(batch)]
    return np.reshape(np.stack(taken), shape) if taken else np.empty(shape, x.dtype)
