"""MIL op family ``pool``."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import torch
import torch.nn.functional as F

from poseconvert.mil.padding import torch_order
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import tensor
from poseconvert.mil.windows import Windows, pool_windows


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
    windows = pool_windows(
        x.shape[2:],
        kernel_sizes,
        strides=strides,
        pad_type=pad_type,
        pad=pad,
        ceil_mode=ceil_mode,
    )
    padded = _padded(x, _reach(x, windows), -torch.inf)
    return _reduced(torch.maximum, torch.amax, padded, windows).numpy()


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
    windows = pool_windows(
        x.shape[2:],
        kernel_sizes,
        strides=strides,
        pad_type=pad_type,
        pad=pad,
        ceil_mode=ceil_mode,
    )
    reach = _reach(x, windows)
    sums = _reduced(torch.add, torch.sum, _padded(x, reach, 0), windows)
    if not any(reach):  # every window lies inside x
        return (sums / prod(windows.kernel)).numpy()
    counts = torch.ones(())
    for size, k, s, (before, after), out in zip(
        x.shape[2:], windows.kernel, windows.strides, windows.pads, windows.outs, strict=True
    ):
        low, high = (
            (before, before + size) if exclude_padding_from_average else (0, before + size + after)
        )
        starts = torch.arange(out) * s
        counts = counts[..., None] * ((starts + k).clamp(max=high) - starts.clamp(min=low))
    return (sums / counts).numpy()


@op("l2_pool", since="CoreML5")
def l2_pool(
    *,
    x: Array,
    kernel_sizes: Array,
    pad_type: str,
    strides: Array | None = None,
    pad: Array | None = None,
    ceil_mode: bool = False,
) -> Array:
    """``y = sqrt(sum of x * x)`` in each window; padding adds nothing.

    Shapes
    ------
    ``x``: [N, C, 1 or 2 spatial]; result: [N, C, windows], see ``avg_pool``.

    Raises
    ------
    ValueError
        ``x`` has three spatial dimensions, or kernel, strides or padding do not fit it.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/pool.py, ``l2_pool``.
    """
    if x.ndim > 4:
        raise ValueError(f"x {x.shape} has more than 2 spatial dimensions")
    windows = pool_windows(
        x.shape[2:],
        kernel_sizes,
        strides=strides,
        pad_type=pad_type,
        pad=pad,
        ceil_mode=ceil_mode,
    )
    padded = _padded(x, _reach(x, windows), 0)
    return _reduced(torch.add, torch.sum, padded.square(), windows).sqrt().numpy()


def _reduced(
    join: Callable[..., torch.Tensor],
    reduce: Callable[..., torch.Tensor],
    x: torch.Tensor,
    windows: Windows,
) -> torch.Tensor:
    """Reduce each window, one dimension after the other.

    Joining whole slices is 5 to 30 times faster than torch's pooling of contiguous tensors.
    """
    places = zip(windows.kernel, windows.strides, windows.outs, strict=True)
    for dim, (k, s, out) in enumerate(places, start=2):
        if out == 1:
            x = reduce(x.narrow(dim, 0, k), dim=dim, keepdim=True)
            continue
        every = (slice(None),) * dim + (slice(None, None, s),)
        slices = [x.narrow(dim, first, (out - 1) * s + 1)[every] for first in range(k)]
        x = slices[0] if k == 1 else join(slices[0], slices[1])
        for following in slices[2:]:
            join(x, following, out=x)
    return x


def _reach(x: Array, windows: Windows) -> list[int]:
    """Give the padding that lets every window end inside it, in torch's order."""
    return torch_order(
        [
            (before, max(0, (out - 1) * s + k - size - before))
            for size, k, s, (before, _), out in zip(
                x.shape[2:],
                windows.kernel,
                windows.strides,
                windows.pads,
                windows.outs,
                strict=True,
            )
        ]
    )


def _padded(x: Array, reach: list[int], value: float) -> torch.Tensor:
    return F.pad(tensor(x), reach, value=value) if any(reach) else tensor(x)
