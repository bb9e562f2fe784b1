"""MIL op ``avg_pool``, of family ``pool``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

import torch

from poseconvert.mil.ops.pool.pooling import pad_to_reach, reduce_windows, window_reach
from poseconvert.mil.ops.shared import Array, Facts, Variant, op
from poseconvert.mil.ops.shared.doubts import doubt_padding
from poseconvert.mil.ops.shared.windows import pool_windows


def _doubt_border(given: Mapping[str, Any]) -> Iterator[Variant]:
    for exclude, ceil in product((False, True), repeat=2):
        words = f"padding {'left out of' if exclude else 'counted in'} the average"
        if ceil:
            words += " and the last window kept"
        arguments = {"exclude_padding_from_average": exclude, "ceil_mode": ceil}
        yield Variant("pooling border", words, arguments)
    yield from doubt_padding(given)


@op("avg_pool", since="CoreML5", facts=Facts(fresh=True, doubts=_doubt_border))
def avg_pool(
    *,
    x: Array,
    kernel_sizes: Array,
    pad_type: str,
    strides: Array | None = None,
    pad: Array | None = None,
    exclude_padding_from_average: bool = False,
    ceil_mode: bool = False,
) -> Array:
    """``y = sum of x in each window / elements counted``.

    Counted are the window's elements inside ``x`` and, unless padding is excluded, all others too:
    those that only ``ceil_mode`` adds beyond the padding are padding to Core ML, not to PyTorch.

    Shapes
    ------
    ``x``: [N, C, 1 to 3 spatial]; result: [N, C, ``(padded - k) // s + 1``]. ``ceil_mode`` rounds
    up instead, but drops a last window that would start beyond ``x`` and its padding before.

    Raises
    ------
    ValueError
        Kernel, strides or padding do not fit ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/pool.py, ``avg_pool``; apple/coremltools#2844 prints nine of
    Core ML's numbers, from which follows what it counts.
    """
    windows = pool_windows(
        x.shape[2:],
        kernel_sizes,
        strides=strides,
        pad_type=pad_type,
        pad=pad,
        ceil_mode=ceil_mode,
    )
    reach = window_reach(x, windows)
    sums = reduce_windows(torch.add, torch.sum, pad_to_reach(x, reach, 0), windows)
    if not any(reach) or not exclude_padding_from_average:
        return (sums / prod(windows.kernel)).numpy()
    counts = torch.ones(())
    for size, k, s, (before, _), out in zip(
        x.shape[2:], windows.kernel, windows.strides, windows.pads, windows.outs, strict=True
    ):
        starts = torch.arange(out) * s
        ends = (starts + k).clamp(max=before + size)
        counts = counts[..., None] * (ends - starts.clamp(min=before))
    return (sums / counts).numpy()
