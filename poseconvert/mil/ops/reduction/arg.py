"""Index of an extreme along one axis, for family ``reduction``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from poseconvert.mil.ops.shared import Array


def arg_indices(
    find: Callable[..., Array], x: Array, axis: int, keep_dims: bool, dtype: str
) -> Array:
    """Find the index along an axis; another dtype than int32 and uint16 is a ValueError."""
    if dtype not in ("int32", "uint16"):
        raise ValueError(f'unknown output_dtype "{dtype}", expected int32 or uint16')
    found = np.asarray(find(x, axis=axis, keepdims=keep_dims))
    if x.shape[axis] > np.iinfo(dtype).max + 1:
        raise ValueError(f"indices along axis {axis} of x {x.shape} do not fit {dtype}")
    return found.astype(dtype)
