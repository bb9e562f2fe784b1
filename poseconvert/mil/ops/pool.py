"""MIL op family ``pool``."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from poseconvert.mil.padding import spatial_padding, torch_order
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import integers, tensor

_MAX_POOL = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}


@op("max_pool", since="CoreML5")
def max_pool(
    *,
    x: Array,
    kernel_sizes: Array,
    pad_type: str,
    strides: Array | None = None,
    pad: Array | None = None,
    ceil_mode: bool = False,
) -> Array:
    """``y`` is the largest of ``x`` in each window; padding never wins.

    Shapes
    ------
    ``x``: [N, C, 1 to 3 spatial]; result: [N, C, windows], see ``avg_pool``.

    Raises
    ------
    ValueError
        Kernel, strides or padding do not fit ``x``.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/pool.py, ``max_pool``.
    """
    kernel, steps, pads, outs = _geometry(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    padded = F.pad(tensor(x), _reach(x, kernel, steps, pads, outs), value=-torch.inf)
    return _MAX_POOL[len(kernel)](padded, kernel, steps).numpy()


@op("avg_pool", since="CoreML5")
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

    Counted are the window's elements inside ``x``, and those in the padding unless they are
    excluded; never those that only ``ceil_mode`` adds beyond the padding.

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
    coremltools 9.0, mil/ops/defs/iOS15/pool.py, ``avg_pool``; ``ceil_mode`` is "same as PyTorch's".
    """
    kernel, steps, pads, outs = _geometry(x, kernel_sizes, strides, pad_type, pad, ceil_mode)
    padded = F.pad(tensor(x), _reach(x, kernel, steps, pads, outs))
    counts = torch.ones(())
    for size, k, s, (before, after), out in zip(
        x.shape[2:], kernel, steps, pads, outs, strict=True
    ):
        low, high = (
            (before, before + size) if exclude_padding_from_average else (0, before + size + after)
        )
        starts = torch.arange(out) * s
        counts = counts[..., None] * ((starts + k).clamp(max=high) - starts.clamp(min=low))
    return (_window_sums(padded, kernel, steps) / counts).numpy()


def _window_sums(x: torch.Tensor, kernel: list[int], strides: list[int]) -> torch.Tensor:
    if len(kernel) == 3:
        return F.avg_pool3d(x, kernel, strides, divisor_override=1)
    if len(kernel) == 2:
        return F.avg_pool2d(x, kernel, strides, divisor_override=1)
    flat = F.avg_pool2d(x[:, :, None], [1, *kernel], [1, *strides], divisor_override=1)
    return flat[:, :, 0]


def _geometry(
    x: Array,
    kernel_sizes: Array,
    strides: Array | None,
    pad_type: str,
    pad: Array | None,
    ceil_mode: bool,
) -> tuple[list[int], list[int], list[tuple[int, int]], list[int]]:
    """Kernel, strides, padding and number of windows per spatial dimension, checked."""
    kernel = integers(kernel_sizes)
    steps = [1] * len(kernel) if strides is None else integers(strides)
    if x.ndim - 2 != len(kernel) or len(kernel) not in _MAX_POOL:
        raise ValueError(f"kernel_sizes {kernel} do not fit x {x.shape}")
    pads = spatial_padding(
        pad_type=pad_type, pad=pad, sizes=x.shape[2:], kernel=kernel, strides=steps
    )
    if ceil_mode and (pad_type == "same" or any(before != after for before, after in pads)):
        raise ValueError(f"ceil_mode needs symmetric padding, not {pad_type} {pads}")
    outs = []
    for size, k, s, (before, after) in zip(x.shape[2:], kernel, steps, pads, strict=True):
        span = size + before + after - k
        out = -(-span // s) + 1 if ceil_mode else span // s + 1
        if ceil_mode and before + after > 0 and (out - 1) * s >= size + before:
            out -= 1
        if span < 0 or out < 1 or (out - 1) * s >= size + before + after:
            raise ValueError(f"a window of {kernel} lies outside x {x.shape} with padding {pads}")
        outs.append(out)
    return kernel, steps, pads, outs


def _reach(
    x: Array,
    kernel: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[tuple[int, int]],
    outs: Sequence[int],
) -> list[int]:
    """Give the padding that lets the last window end exactly, in torch's order; negative crops."""
    return torch_order(
        [
            (before, (out - 1) * s + k - size - before)
            for size, k, s, (before, _), out in zip(
                x.shape[2:], kernel, strides, pads, outs, strict=True
            )
        ]
    )
