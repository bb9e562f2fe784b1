"""Kernels of the mode fp16-accumulate: every partial sum of products is rounded to fp16.

One running sum a result, in the order of the weights, each product added exactly and rounded once,
as a chain of fused multiply-adds in fp16 does. It is the pessimistic bound: hardware that sums in
parts, or in float32, is nearer to the mode fp16. Parameters are those of the ops' own kernels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F

from poseconvert.mil.padding import torch_order
from poseconvert.mil.program import Array
from poseconvert.mil.registry import Kernel
from poseconvert.mil.tensors import integers, optional_tensor, tensor
from poseconvert.mil.windows import conv_windows


def accumulating(type: str) -> Kernel | None:
    """Give the kernel that sums in fp16, or None for ops whose own one does as well."""
    return _KERNELS.get(type)


def _running(start: torch.Tensor, terms: Iterable[torch.Tensor]) -> torch.Tensor:
    """Add terms one by one, rounding every sum to fp16."""
    total = start.half().float()
    for term in terms:
        total = (total + term).half().float()
    return total


def conv(
    *,
    x: Array,
    weight: Array,
    bias: Array | None = None,
    strides: Array | None = None,
    pad_type: str = "valid",
    pad: Array | None = None,
    dilations: Array | None = None,
    groups: int = 1,
) -> Array:
    """Convolve with one running fp16 sum over input channels and taps; the bias is added last."""
    windows = conv_windows(
        x.shape[2:],
        weight.shape[2:],
        strides=strides,
        dilations=dilations,
        pad_type=pad_type,
        pad=pad,
    )
    image, rank = F.pad(tensor(x), torch_order(windows.pads)), len(windows.outs)
    # [N, group, channel of the group, ...] times [group, output of the group, channel, ...]
    image = image.reshape(x.shape[0], groups, weight.shape[1], *image.shape[2:])
    taps = tensor(weight).reshape(groups, -1, *weight.shape[1:])

    def terms() -> Iterable[torch.Tensor]:
        for channel, tap in product(range(weight.shape[1]), np.ndindex(weight.shape[2:])):
            window = tuple(
                slice(at * d, at * d + (out - 1) * s + 1, s)
                for at, d, out, s in zip(
                    tap, windows.dilations, windows.outs, windows.strides, strict=True
                )
            )
            factor = taps[:, :, channel][:, :, *tap].reshape(1, groups, -1, *[1] * rank)
            yield factor * image[:, :, channel, None][:, :, :, *window]

    start = torch.zeros(x.shape[0], groups, taps.shape[1], *windows.outs)
    total = _running(start, terms()).reshape(x.shape[0], weight.shape[0], *windows.outs)
    offset = optional_tensor(bias)
    return (total if offset is None else total + offset.reshape(-1, *[1] * rank)).numpy()


def matmul(*, x: Array, y: Array, transpose_x: bool = False, transpose_y: bool = False) -> Array:
    """Multiply matrices with one running fp16 sum over the inner dimension."""
    left, right = tensor(x).float(), tensor(y).float()
    left = left.transpose(-1, -2) if transpose_x else left
    right = right.transpose(-1, -2) if transpose_y else right
    shape = torch.matmul(left, right).shape
    left = left[None] if left.ndim == 1 else left
    right = right[:, None] if right.ndim == 1 else right
    terms = (
        left[..., :, index, None] * right[..., None, index, :] for index in range(left.shape[-1])
    )
    return _running(torch.zeros(()), terms).reshape(shape).numpy()


def linear(*, x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Multiply by a weight with one running fp16 sum; the bias is added last."""
    total = matmul(x=x, y=weight, transpose_y=True)
    return total if bias is None else total + bias


def reduce_sum(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """Sum with one running fp16 sum over the reduced dimensions."""
    chosen = range(x.ndim) if axes is None else [axis % x.ndim for axis in integers(axes)]
    kept = [axis for axis in range(x.ndim) if axis not in chosen]
    ordered = tensor(x).float().permute(*kept, *sorted(chosen))
    flat = ordered.reshape(*ordered.shape[: len(kept)], -1)
    total = _running(torch.zeros(flat.shape[:-1]), flat.unbind(-1)).numpy()
    return np.expand_dims(total, tuple(sorted(chosen))) if keep_dims else total


def reduce_mean(*, x: Array, axes: Array | None = None, keep_dims: bool = False) -> Array:
    """Sum in fp16, then divide by the number of terms."""
    total = reduce_sum(x=x, axes=axes, keep_dims=keep_dims)
    return total / np.float32(max(1, x.size // max(1, total.size)))


_KERNELS: Mapping[str, Kernel] = {
    "conv": conv,
    "linear": linear,
    "matmul": matmul,
    "reduce_mean": reduce_mean,
    "reduce_sum": reduce_sum,
}
