"""MIL op family ``reduction``: where the largest and the smallest are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op


@op("reduce_argmax", since="CoreML5")
def reduce_argmax_ios15(*, x: Array, axis: int = -1, keep_dims: bool = False) -> Array:
    """``y`` is the index of the largest of ``x`` along ``axis``; the first of equals.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axis``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_argmax``; Core ML does not promise
    which of equals it takes.
    """
    return _indices(np.argmax, x, axis, keep_dims, "int32")


@op("reduce_argmin", since="CoreML5")
def reduce_argmin_ios15(*, x: Array, axis: int = -1, keep_dims: bool = False) -> Array:
    """``y`` is the index of the smallest of ``x`` along ``axis``; the first of equals.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axis``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError
        ``x`` has no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/reduction.py, ``reduce_argmin``; Core ML does not promise
    which of equals it takes.
    """
    return _indices(np.argmin, x, axis, keep_dims, "int32")


@op("reduce_argmax", since="CoreML7")
def reduce_argmax_ios17(
    *, x: Array, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32"
) -> Array:
    """``y`` is the index of the largest of ``x`` along ``axis``; the first of equals.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axis``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError, ValueError
        ``x`` has no such axis, or indices along it do not fit ``output_dtype``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/reduction.py, ``reduce_argmax``; Core ML does not promise
    which of equals it takes.
    """
    return _indices(np.argmax, x, axis, keep_dims, output_dtype)


@op("reduce_argmin", since="CoreML7")
def reduce_argmin_ios17(
    *, x: Array, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32"
) -> Array:
    """``y`` is the index of the smallest of ``x`` along ``axis``; the first of equals.

    Shapes
    ------
    ``x``: any shape; the result lacks ``axis``, or has size 1 there with ``keep_dims``.

    Raises
    ------
    IndexError, ValueError
        ``x`` has no such axis, or indices along it do not fit ``output_dtype``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/reduction.py, ``reduce_argmin``; Core ML does not promise
    which of equals it takes.
    """
    return _indices(np.argmin, x, axis, keep_dims, output_dtype)


def _indices(find: Callable[..., Array], x: Array, axis: int, keep_dims: bool, dtype: str) -> Array:
    if dtype not in ("int32", "uint16"):
        raise ValueError(f'unknown output_dtype "{dtype}", expected int32 or uint16')
    found = np.asarray(find(x, axis=axis, keepdims=keep_dims))
    if x.shape[axis] > np.iinfo(dtype).max + 1:
        raise ValueError(f"indices along axis {axis} of x {x.shape} do not fit {dtype}")
    return found.astype(dtype)
