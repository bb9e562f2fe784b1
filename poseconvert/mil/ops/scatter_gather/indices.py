"""Indices into one dimension: those from either end, those from its start, those outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from poseconvert.mil.ops.shared import Array

#: Turns indices of any sign into places along a dimension of the given size.
Places: TypeAlias = Callable[[Array, int], Array]


def from_either_end(indices: Array, size: int) -> Array:
    """Turn indices ``-size..size - 1``, negative ones counted from the end, into ``0..size - 1``.

    Parameters
    ----------
    indices
        Integers of any shape and dtype.
    size
        Number of elements along the dimension.

    Returns
    -------
    Array
        int64, shaped as ``indices``.

    Raises
    ------
    IndexError
        An index is outside.
    """
    places = np.asarray(indices, np.int64)
    _refuse_outside(places, -size, size)
    return np.where(places < 0, places + size, places)


def inside(indices: Array, size: int) -> Array:
    """Pass on indices ``0..size - 1`` as int64.

    Raises
    ------
    IndexError
        An index is outside, negative ones too.
    """
    places = np.asarray(indices, np.int64)
    _refuse_outside(places, 0, size)
    return places


def or_beyond(indices: Array, size: int) -> Array:
    """Pass on indices ``0..size - 1`` as int64; all others become ``size``, one past the end."""
    places = np.asarray(indices, np.int64)
    return np.where((places < 0) | (places >= size), size, places)


def _refuse_outside(places: Array, low: int, size: int) -> None:
    if places.size and not low <= places.min() <= places.max() < size:
        raise IndexError(
            f"indices reach from {places.min()} to {places.max()}, allowed are {low} to {size - 1}"
        )
