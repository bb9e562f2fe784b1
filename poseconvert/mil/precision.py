"""Precision modes of the reference executor.

Values declared fp16 are carried as float32 arrays. Official Core ML types are *minimum* precision,
so fp16 is an envelope, not one number:

========  ====================================================================
fp32      every float op in float32, also those declared fp16
fp16      float32 arithmetic, one rounding per op to the declared fp16:
          to nearest, ties to even; overflow to inf; NaN and subnormals kept
========  ====================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

import numpy as np
import torch

from poseconvert.mil.program import DTYPES, Array

Precision: TypeAlias = Literal["fp32", "fp16"]

_FLOATS = ("fp16", "fp32", "fp64")


def carrier(dtype: str) -> np.dtype[np.generic]:
    """Give the numpy dtype in which values declared ``dtype`` travel between ops."""
    return np.dtype(np.float32) if dtype in _FLOATS else DTYPES[dtype]


def carried(value: Array, dtype: str) -> Array:
    """Bring an op's result to the carrier of its declared dtype, without rounding to fp16."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(value, dtype=carrier(dtype))


def rounded(value: Array, dtype: str) -> Array:
    """Bring an op's result to its carrier, rounded once to fp16 where it is declared fp16.

    Parameters
    ----------
    value
        An op's result, any shape.
    dtype
        MIL name of the declared dtype.

    Returns
    -------
    Array
        float32 for float dtypes, holding only fp16 numbers where fp16 is declared.
    """
    value = carried(value, dtype)
    if dtype != "fp16":
        return value
    halves = torch.from_numpy(np.ascontiguousarray(value)).half().float()
    return halves.numpy().reshape(value.shape)


SETTLERS: Mapping[str, Callable[[Array, str], Array]] = {"fp32": carried, "fp16": rounded}
