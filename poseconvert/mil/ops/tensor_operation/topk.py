"""MIL op ``topk``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, op
from poseconvert.mil.ops.tensor_operation.sorting import sorted_order

_INDEX_DTYPES = {"int32": np.int32, "uint16": np.uint16}


@op("topk", since="CoreML5")
def topk_ios15(
    *, x: Array, k: int = 1, axis: int = -1, ascending: bool = False
) -> tuple[Array, ...]:
    """``y`` are the ``k`` largest of ``x`` along ``axis``, or smallest when ``ascending``; sorted.

    Core ML does not say which of equal elements come; here the first come first.

    Shapes
    ------
    ``x``: any; results: values and int32 indices, shaped as ``x`` but for ``axis``, which has
    ``k``.

    Raises
    ------
    ValueError
        ``x`` has no such axis, or not ``k`` elements along it.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``topk``.
    """
    return _top(x, k, axis, ascending)


@op("topk", since="CoreML6")
def topk_ios16(
    *,
    x: Array,
    k: int = 1,
    axis: int = -1,
    ascending: bool = False,
    sort: bool = True,
    return_indices: bool = True,
) -> tuple[Array, ...]:
    """``y`` are the ``k`` largest of ``x`` along ``axis``, or smallest when ``ascending``.

    Without ``sort`` Core ML gives them in any order; here they are sorted all the same.

    Shapes
    ------
    As in iOS 15; without ``return_indices`` the values only.

    Raises
    ------
    ValueError
        As in iOS 15.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS16/tensor_operation.py, ``topk``.
    """
    return _top(x, k, axis, ascending)[: 2 if return_indices else 1]


@op("topk", since="CoreML7")
def topk_ios17(
    *,
    x: Array,
    k: int = 1,
    axis: int = -1,
    ascending: bool = False,
    sort: bool = True,
    return_indices: bool = True,
    output_indices_dtype: str = "int32",
) -> tuple[Array, ...]:
    """``y`` are the ``k`` largest of ``x`` along ``axis``, or smallest when ``ascending``.

    A ``k`` of -1 takes all. Without ``sort`` Core ML gives them in any order; here they are
    sorted all the same.

    Shapes
    ------
    As in iOS 16; the indices are int32 or uint16.

    Raises
    ------
    ValueError
        As in iOS 15, or ``output_indices_dtype`` is unknown.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS17/tensor_operation.py, ``topk``.
    """
    if output_indices_dtype not in _INDEX_DTYPES:
        raise ValueError(f'output_indices_dtype "{output_indices_dtype}", expected int32 or uint16')
    values, indices = _top(x, x.shape[axis] if k == -1 else k, axis, ascending)
    if not return_indices:
        return (values,)
    return values, indices.astype(_INDEX_DTYPES[output_indices_dtype])


def _top(x: Array, k: int, axis: int, ascending: bool) -> tuple[Array, Array]:
    order = sorted_order(x, axis, ascending)
    if not 0 < k <= x.shape[axis]:
        raise ValueError(f"x {x.shape} has no top {k} along axis {axis}")
    indices = np.take(order, range(k), axis)
    return np.take_along_axis(x, indices, axis), indices.astype(np.int32)
