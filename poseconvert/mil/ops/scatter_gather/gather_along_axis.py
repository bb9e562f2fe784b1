"""Op ``gather_along_axis``: single elements, by index along one axis."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.scatter_gather.indices import from_either_end, inside
from poseconvert.mil.ops.shared import Array, op


@op("gather_along_axis", since="CoreML5")
def gather_along_axis_ios15(*, x: Array, indices: Array, axis: int = 0) -> Array:
    """``y[..., i, ...] = x[..., indices[..., i, ...], ...]`` along ``axis``.

    Negative indices count from the end.

    Shapes
    ------
    ``x``: any; ``indices`` and result: as ``x`` but for ``axis``.

    Raises
    ------
    IndexError, ValueError
        An index or the axis is outside ``x``, or the shapes do not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/scatter_gather.py, ``gather_along_axis``.
    """
    _check(x, indices, axis)
    return np.take_along_axis(x, from_either_end(indices, x.shape[axis]), axis)


@op("gather_along_axis", since="CoreML7")
def gather_along_axis_ios17(
    *, x: Array, indices: Array, axis: int = 0, validate_indices: bool = False
) -> Array:
    """``y[..., i, ...] = x[..., indices[..., i, ...], ...]`` along ``axis``.

    Without ``validate_indices`` Core ML leaves negative and too large indices undefined; here
    they are refused either way.

    Shapes
    ------
    As in iOS 15.

    Raises
    ------
    IndexError, ValueError
        An index, negative ones too, or the axis is outside ``x``, or the shapes do not fit.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/scatter_gather.py, ``gather_along_axis``.
    """
    _check(x, indices, axis)
    return np.take_along_axis(x, inside(indices, x.shape[axis]), axis)


def _check(x: Array, indices: Array, axis: int) -> None:
    wanted = list(np.shape(indices))
    if -x.ndim <= axis < x.ndim == len(wanted):
        wanted[axis] = x.shape[axis]
    if tuple(wanted) != x.shape:
        raise ValueError(f"indices {np.shape(indices)} along {axis} do not fit x {x.shape}")
