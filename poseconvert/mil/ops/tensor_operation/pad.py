"""MIL op ``pad``, of family ``tensor_operation``."""

from __future__ import annotations

import numpy as np

from poseconvert.mil.ops.shared import Array, bounded, integers, op

_PAD_MODES = ("constant", "reflect", "replicate")


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
