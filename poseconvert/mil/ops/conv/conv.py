"""MIL op ``conv``, of family ``conv``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F

from poseconvert.mil.ops.conv.operands import check_operands
from poseconvert.mil.ops.shared import Array, Facts, bounded, op, optional_tensor, tensor
from poseconvert.mil.ops.shared.doubts import doubt_padding
from poseconvert.mil.ops.shared.fp16_accumulate import running_sum
from poseconvert.mil.ops.shared.macs import macs_per_output
from poseconvert.mil.ops.shared.padding import torch_order
from poseconvert.mil.ops.shared.windows import conv_windows

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def conv_in_fp16(
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
    total = running_sum(start, terms()).reshape(x.shape[0], weight.shape[0], *windows.outs)
    offset = optional_tensor(bias)
    return (total if offset is None else total + offset.reshape(-1, *[1] * rank)).numpy()


@op(
    "conv",
    since="CoreML5",
    facts=Facts(
        fresh=True,
        channels_last="weight",
        sums=True,
        in_fp16=conv_in_fp16,
        count_macs=macs_per_output,
        doubts=doubt_padding,
    ),
)
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
    """``y[n, o] = bias[o] + sum over i, k of weight[o, i, k] * padded x[n, i, s * p + d * k]``.

    Shapes
    ------
    ``x``: [N, C_in, 1 to 3 spatial]; ``weight``: [C_out, C_in / groups, kernel]; ``bias``:
    [C_out]; result: [N, C_out, ``(padded - d * (k - 1) - 1) // s + 1`` per spatial dimension].

    Raises
    ------
    ValueError, RuntimeError
        Shapes, strides, dilations, padding or groups do not fit each other, or the result would be
        too large.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/conv.py, ``conv``; padding: mil/ops/defs/_utils.py,
    ``aggregated_pad`` (the class's own text on ``same`` holds at stride 1 only).
    """
    check_operands(x, weight, groups)
    windows = conv_windows(
        x.shape[2:],
        weight.shape[2:],
        strides=strides,
        dilations=dilations,
        pad_type=pad_type,
        pad=pad,
    )
    bounded([x.shape[0], weight.shape[0], *windows.outs])
    image, amounts = tensor(x), [before for before, _ in windows.pads]
    if any(before != after for before, after in windows.pads):
        image, amounts = F.pad(image, torch_order(windows.pads)), [0] * len(amounts)
    run = _CONV[len(amounts)]
    steps, spread = windows.strides, windows.dilations
    out = run(image, tensor(weight), optional_tensor(bias), steps, amounts, spread, groups)
    return out.numpy()
