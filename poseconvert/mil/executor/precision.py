"""Precision modes of the reference executor.

Values declared fp16 are carried as float32 arrays. Official Core ML types are *minimum* precision,
so fp16 is an envelope, not one number; the modes are points of it:

===============  =================================================================
fp32             every float op in float32, also those declared fp16
fp16             float32 arithmetic, one rounding per op to the declared fp16:
                 to nearest, ties to even; overflow to inf; NaN and subnormals kept
fp16-accumulate  as fp16, but sums of products run in fp16: the pessimistic bound
fp16-promoted    as fp32, but casts to fp16 and the program's own fp16 outputs round
===============  =================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

import numpy as np

from poseconvert.mil.executor.tensors import tensor
from poseconvert.mil.package.program import DTYPES, Array

Precision: TypeAlias = Literal["fp32", "fp16", "fp16-accumulate", "fp16-promoted"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

#: Brings an op's result to the carrier of the dtype it declares.
Settle: TypeAlias = Callable[[Array, str], Array]

_FLOATS = ("fp16", "fp32", "fp64")


def carrier(dtype: str) -> np.dtype[np.generic]:
    """Give the numpy dtype in which values declared ``dtype`` travel between ops.

    Raises
    ------
    ValueError
        No value has such a dtype.
    """
    if dtype not in DTYPES:
        raise ValueError(f'unknown dtype "{dtype}", expected one of {", ".join(DTYPES)}')
    return np.dtype(np.float32) if dtype in _FLOATS else DTYPES[dtype]


def check_precision(precision: str) -> None:
    """Refuse an unknown mode.

    Raises
    ------
    ValueError
        With the known ones.
    """
    if precision not in PRECISIONS:
        raise ValueError(f'unknown precision "{precision}", expected one of {list(PRECISIONS)}')


def settler(precision: Precision, *, leaves: bool, fresh: bool = False) -> Settle:
    """Choose what is done to an op's results.

    Parameters
    ----------
    precision
        The executor's mode.
    leaves
        Whether the op is a cast, or gives one of the program's own outputs.
    fresh
        Whether the op's results are arrays that nobody else holds.
    """
    rounds = precision in ("fp16", "fp16-accumulate") or (precision == "fp16-promoted" and leaves)
    if not rounds:
        return carried
    return rounded_in_place if fresh else rounded


def carried(value: Array, dtype: str) -> Array:
    """Bring an op's result to the carrier of its declared dtype, without rounding to fp16."""
    target = carrier(dtype)
    if value.dtype == target:
        return value
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(value, dtype=target)


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
    return tensor(value).half().float().numpy() if dtype == "fp16" else value


def rounded_in_place(value: Array, dtype: str) -> Array:
    """As ``rounded``, but over ``value`` itself, which nobody else may hold."""
    value = carried(value, dtype)
    if dtype == "fp16":
        whole = tensor(value)
        whole.copy_(whole.half())
    return value
