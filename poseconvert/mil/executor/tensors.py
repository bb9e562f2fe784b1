"""The bridge between numpy arrays and torch tensors that op kernels share; neither way copies."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import torch

from poseconvert.budgets import TENSOR_ELEMENTS
from poseconvert.mil.package.program import Array


def tensor(array: Array) -> torch.Tensor:
    """View an array as a torch tensor; only views with negative strides are copied."""
    array = np.asarray(array)
    if any(stride < 0 for stride in array.strides):
        array = array.copy()
    return torch.from_numpy(array)


def optional_tensor(array: Array | None) -> torch.Tensor | None:
    """View an array that an op may lack as a torch tensor."""
    return None if array is None else tensor(array)


def integers(values: Array | Sequence[int]) -> list[int]:
    """Turn an op's integer vector, constant or computed, into Python ints."""
    return [int(value) for value in np.asarray(values).reshape(-1)]


def bounded(shape: Sequence[int]) -> tuple[int, ...]:
    """Pass on a shape about to be allocated.

    Raises
    ------
    ValueError
        A dimension is negative, or the tensor would exceed ``TENSOR_ELEMENTS``.
    """
    if any(size < 0 for size in shape) or prod(shape) > TENSOR_ELEMENTS.value:
        raise ValueError(
            f"a tensor of shape {tuple(shape)} is refused (limit {TENSOR_ELEMENTS.value})"
        )
    return tuple(shape)


def saturated(values: Array, dtype: str) -> Array:
    """Turn real numbers into integers: the fraction is cut, NaN is 0, the limits are kept.

    Core ML says nothing about numbers that do not fit; this is what Arm's conversion does.

    Parameters
    ----------
    values
        Any shape and dtype; floats up to 2**53 keep every digit.
    dtype
        numpy name of the integer dtype.
    """
    limits = np.iinfo(dtype)
    whole = np.trunc(np.nan_to_num(np.asarray(values, np.float64), nan=0.0))
    return np.asarray(np.clip(whole, limits.min, limits.max).astype(dtype))
