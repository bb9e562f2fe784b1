"""What a scatter op does at its places.

Where several updates meet in one place they are applied in row-major order, so that the last
``update`` stays; Core ML does not say. Integers are divided towards zero.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from poseconvert.mil.ops.shared import Array

_MODES: Mapping[str, np.ufunc | None] = {
    "update": None,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "max": np.maximum,
    "min": np.minimum,
}


def check_updates(updates: Array, shape: tuple[int, ...]) -> None:
    """Refuse updates, or indices one for each, of another shape than the places have."""
    if np.shape(updates) != shape:
        raise ValueError(f"indices or updates have shape {np.shape(updates)}, expected {shape}")


def replaced(data: Array, index: tuple[Array, ...], updates: Array, mode: str) -> Array:
    """Apply updates to a copy of ``data``; those one past an end are dropped.

    Raises
    ------
    ValueError
        The mode is unknown, or an integer is divided by 0.
    """
    if mode not in _MODES:
        raise ValueError(f'unknown mode "{mode}", expected one of {", ".join(_MODES)}')
    beyond = [bool(np.any(places == size)) for places, size in zip(index, data.shape, strict=False)]
    y = np.pad(data, [(0, int(b)) for b in beyond] + [(0, 0)] * (data.ndim - len(beyond)))
    function = _MODES[mode]
    if function is None:
        y[index] = updates
    elif mode == "div" and data.dtype.kind in "iu":
        if not np.all(updates):
            raise ValueError("an integer is divided by 0")
        quotients = y.astype(np.float64)
        np.divide.at(quotients, index, updates)
        y = np.trunc(quotients).astype(data.dtype)
    else:
        function.at(y, index, updates)
    return y[tuple(slice(size) for size in data.shape)]
