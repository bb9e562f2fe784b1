"""Distance between numbers in units in the last place of float32."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 16


def ulp_distances(a: NDArray[Any], b: NDArray[Any], *, count: int) -> NDArray[np.uint32]:
    """Count the float32 values from each number of ``a`` to its counterpart in ``b``.

    Neighbours are 1 apart, +0 and -0 are one number, and zero lies between both signs.
    Numbers of other dtypes are rounded to float32 first.

    Parameters
    ----------
    a, b : flat arrays of one size.
    count : how many pairs are finite on both sides; the others are left out.
    """
    distances = np.empty(count, np.uint32)
    filled = 0
    for start in range(0, a.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        one, two = a[part], b[part]
        finite = np.isfinite(one) & np.isfinite(two)
        if not finite.all():
            one, two = one[finite], two[finite]
        distances[filled : filled + one.size] = np.abs(_rank(one) - _rank(two))
        filled += one.size
    return distances


def _rank(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return each number's place among all float32 values, 0 for zero."""
    bits = values.astype(np.float32).view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
