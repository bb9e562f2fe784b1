"""How compressed weights become dense: scales along an axis, palettes, masks."""

from __future__ import annotations

from math import prod

import numpy as np
import torch

from poseconvert.mil.executor.tensors import bounded
from poseconvert.mil.package.program import Array


def along_axis(parameter: Array | float, data: Array, axis: int | None) -> Array:
    """Shape a scale or a zero point so that it broadcasts along one axis of the data.

    Parameters
    ----------
    parameter
        A scalar, or a vector of one value per index of the axis.
    data
        What it will meet.
    axis
        Needed for a vector, negative from the end.

    Returns
    -------
    Array
        float32, of shape [] or [1, .., n, .., 1].

    Raises
    ------
    ValueError
        The vector does not fit the axis, or there is no axis for it.
    """
    values = np.asarray(parameter, np.float32)
    if values.ndim == 0:
        return values
    if axis is None or not -data.ndim <= axis < data.ndim or values.shape != (data.shape[axis],):
        raise ValueError(
            f"a vector of shape {values.shape} does not fit axis {axis} of {data.shape}"
        )
    shape = [1] * data.ndim
    shape[axis] = values.size
    return values.reshape(shape)


def looked_up(indices: Array, lut: Array, vector_axis: int | None) -> Array:
    """Replace indices by the palette entries they point at.

    Parameters
    ----------
    indices
        uint8 [d0, .., dk].
    lut
        [g0, .., gk, palettes, vector]: along each axis ``gi`` groups of ``di / gi`` indices have
        a palette of their own.
    vector_axis
        The axis along which the elements of a vector entry lie; needed where there are several.

    Returns
    -------
    Array
        Of the lut's dtype, [d0, .., dk] with ``vector_axis`` ``vector`` times as long.

    Raises
    ------
    ValueError
        The shapes do not fit, an index lies outside its palette, or the result is too large.
    """
    rank, groups = indices.ndim, lut.shape[: indices.ndim]
    if rank < 1 or lut.ndim != rank + 2:
        raise ValueError(
            f"lut {lut.shape} does not have two axes more than indices {indices.shape}"
        )
    palettes, vector = lut.shape[-2:]
    axis = 0 if vector_axis is None and vector == 1 else vector_axis
    if axis is None or not -rank <= axis < rank:
        raise ValueError(f"vector_axis {vector_axis} does not fit indices {indices.shape}")
    axis %= rank
    shape = list(indices.shape)
    shape[axis] *= vector
    bounded(shape)
    if indices.size and int(indices.max()) >= palettes:
        raise ValueError(f"index {indices.max()} lies outside palettes of {palettes} entries")
    entries = indices.astype(np.int32)
    if prod(groups) != 1:
        entries += _group_of_each(indices.shape, groups) * np.int32(palettes)
    table = torch.from_numpy(np.ascontiguousarray(lut.reshape(-1, vector)))
    found = torch.index_select(table, 0, torch.from_numpy(entries.reshape(-1))).numpy()
    return np.moveaxis(found.reshape(*indices.shape, vector), -1, axis + 1).reshape(shape)


def _group_of_each(shape: tuple[int, ...], groups: tuple[int, ...]) -> Array:
    """Tell the number of the group that each element lies in, row-major."""
    number = np.zeros((1,) * len(shape), np.int32)
    for axis, block in enumerate(block_sizes(shape, groups)):
        along = np.arange(shape[axis], dtype=np.int32) // np.int32(max(block, 1))
        outer = [1] * len(shape)
        outer[axis] = shape[axis]
        number = number * np.int32(groups[axis]) + along.reshape(outer)
    return number


def block_sizes(shape: tuple[int, ...], groups: tuple[int, ...]) -> list[int]:
    """Elements that share a scale or a palette, along each axis.

    Raises
    ------
    ValueError
        The ranks differ, or an axis is not divisible into its groups.
    """
    if len(shape) != len(groups) or any(
        group < 1 or size % group for size, group in zip(shape, groups, strict=True)
    ):
        raise ValueError(f"a tensor of shape {shape} cannot be cut into {groups} blocks")
    return [size // group for size, group in zip(shape, groups, strict=True)]


def scattered(nonzero: Array, mask: Array) -> Array:
    """Place values where a mask is set, in row-major order, and zeros elsewhere.

    Parameters
    ----------
    nonzero
        [n], any dtype.
    mask
        Any shape, of which n elements are not zero.

    Returns
    -------
    Array
        Of the mask's shape and the values' dtype.

    Raises
    ------
    ValueError
        The counts differ.
    """
    chosen = mask != 0
    if nonzero.shape != (np.count_nonzero(chosen),):
        raise ValueError(
            f"{np.count_nonzero(chosen)} elements of the mask are set, "
            f"the values have shape {nonzero.shape}"
        )
    dense = np.zeros(bounded(mask.shape), nonzero.dtype)
    dense[chosen] = nonzero
    return dense
