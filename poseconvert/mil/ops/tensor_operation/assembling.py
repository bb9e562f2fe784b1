"""Tensors put together, taken apart, repeated and padded."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers

_PAD_MODES = ("constant", "reflect", "replicate")


@op("concat", since="CoreML5", several=("values",))
def concat(*, values: tuple[Array, ...], axis: int, interleave: bool = False) -> Array:
    """``y`` is the values one after the other along ``axis``, or their slices in turn.

    Shapes
    ------
    ``values``: equal but for ``axis`` (wholly equal to be interleaved), scalars count as [1];
    result: their sizes added along ``axis``.

    Raises
    ------
    ValueError
        The shapes do not fit, or there is no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``concat``.
    """
    parts = [np.atleast_1d(value) for value in values]
    if not interleave:
        return np.concatenate(parts, axis)
    axis = axis % parts[0].ndim
    together = np.stack(parts, axis + 1)
    first = parts[0].shape
    return together.reshape((*first[:axis], len(parts) * first[axis], *first[axis + 1 :]))


@op("stack", since="CoreML5", several=("values",))
def stack(*, values: tuple[Array, ...], axis: int) -> Array:
    """``y[..., i, ...] = values[i]``, ``i`` along the new ``axis``.

    Shapes
    ------
    ``values``: all alike; result: one dimension more, of their number.

    Raises
    ------
    ValueError
        The shapes differ, or there is no such axis.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``stack``.
    """
    return np.stack(values, axis)


@op("split", since="CoreML5")
def split(
    *, x: Array, axis: int, num_splits: int | None = None, split_sizes: Array | None = None
) -> tuple[Array, ...]:
    """``y_0, y_1, ...`` are consecutive parts of ``x`` along ``axis``.

    Shapes
    ------
    ``x``: any; results: shaped as ``x`` but for ``axis``, where they have ``split_sizes`` or equal
    shares.

    Raises
    ------
    ValueError
        The parts do not add up to ``x``, or neither number nor sizes are given.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``split``.
    """
    if split_sizes is None:
        if num_splits is None or not 0 < num_splits <= x.shape[axis]:
            raise ValueError(f"x {x.shape} cannot be split into {num_splits} parts")
        return tuple(np.split(x, num_splits, axis))
    sizes = integers(split_sizes)
    if min(sizes) < 0 or sum(sizes) != x.shape[axis] or num_splits not in (None, len(sizes)):
        raise ValueError(f"split_sizes {sizes}, num_splits {num_splits} do not fit x {x.shape}")
    return tuple(np.split(x, np.cumsum(sizes)[:-1].tolist(), axis))


@op("tile", since="CoreML5")
def tile(*, x: Array, reps: Array) -> Array:
    """``y`` is ``x`` repeated ``reps[i]`` times along dimension ``i``.

    Shapes
    ------
    ``x``: any; ``reps``: [rank of x]; result: the product of both.

    Raises
    ------
    ValueError
        ``reps`` is not one positive number per dimension, or the result would be too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``tile``.
    """
    counts = integers(reps)
    if len(counts) != x.ndim or min(counts, default=1) < 1:
        raise ValueError(f"reps {counts} do not fit x {x.shape}")
    bounded([size * count for size, count in zip(x.shape, counts, strict=True)])
    return np.tile(x, counts)


@op("pad", since="CoreML5")
def pad(*, x: Array, pad: Array, mode: str = "constant", constant_val: float = 0.0) -> Array:
    """``y`` is ``x`` with ``pad[2 * i]`` elements before and ``pad[2 * i + 1]`` after dimension i.

    Shapes
    ------
    ``x``: any; ``pad``: [2 * n] for the last ``n`` dimensions; result: the sums.

    Raises
    ------
    ValueError
        ``pad`` does not fit ``x``, reflects more than ``size - 1`` elements or replicates more
        than ``size``, or the mode is unknown.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/tensor_operation.py, ``pad``.
    """
    flat = integers(pad)
    if mode not in _PAD_MODES:
        raise ValueError(f'unknown mode "{mode}", expected one of {", ".join(_PAD_MODES)}')
    if len(flat) % 2 or len(flat) > 2 * x.ndim or min(flat, default=0) < 0:
        raise ValueError(f"pad {flat} does not fit x {x.shape}")
    pairs = list(zip(flat[::2], flat[1::2], strict=True))
    pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    bounded([size + before + after for size, (before, after) in zip(x.shape, pairs, strict=True)])
    if mode == "constant":
        return np.pad(x, pairs, constant_values=constant_val)
    spare = 1 if mode == "reflect" else 0
    if any(max(pair) > max(size - spare, 0) for size, pair in zip(x.shape, pairs, strict=True)):
        raise ValueError(f"pad {flat} is too much for x {x.shape} in mode {mode}")
    return np.pad(x, pairs, mode="reflect" if mode == "reflect" else "edge")
