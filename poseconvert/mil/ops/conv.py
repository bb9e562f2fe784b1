"""MIL op family ``conv``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.padding import torch_order
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, optional_tensor, tensor
from poseconvert.mil.windows import conv_windows, transposed_crop

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


@op("conv", since="CoreML5")
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
    _check(x, weight, groups)
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


@op("conv_transpose", since="CoreML5")
def conv_transpose(
    *,
    x: Array,
    weight: Array,
    bias: Array | None = None,
    pad: Array | None = None,
    output_shape: Array | None = None,
    pad_type: str = "valid",
    strides: Array | None = None,
    dilations: Array | None = None,
    groups: int = 1,
) -> Array:
    """``y[n, o, s * p + d * k - before] += weight[i, o, k] * x[n, i, p]``, plus ``bias[o]``.

    Shapes
    ------
    ``x``: [N, C_in, 1 to 3 spatial]; ``weight``: [C_in, C_out / groups, kernel]; ``bias``:
    [C_out]; result: [N, C_out, out], where ``full = (size - 1) * s + d * (k - 1) + 1`` and out is
    ``full`` (valid), ``full - before - after`` (custom), ``size * s`` (same), or ``output_shape``.

    Raises
    ------
    ValueError, RuntimeError
        Shapes, strides, dilations, padding or groups do not fit each other.

    Source
    ------
    coremltools 9.0, mil/ops/defs/iOS15/conv.py, ``conv_transpose``; where ``same`` crops:
    TensorFlow's gradient of a SAME convolution, the odd element cropped after.
    """
    _check(x, weight, groups)
    crop = transposed_crop(
        x.shape[2:],
        weight.shape[2:],
        strides=strides,
        dilations=dilations,
        pad_type=pad_type,
        pad=pad,
        output_shape=output_shape,
    )
    steps, spread, rank = crop.strides, crop.dilations, len(crop.full)
    for sizes in (crop.full, crop.outs):
        bounded([x.shape[0], weight.shape[1] * groups, *sizes])
    operands = tensor(x), tensor(weight), optional_tensor(bias)
    places = list(zip(crop.outs, crop.befores, crop.full, strict=True))
    # torch crops as much after as before, then adds fewer elements than a step; the rest is cut.
    extra = [size - whole + 2 * before for size, before, whole in places]
    if all(e < max(s, d) for e, s, d in zip(extra, steps, spread, strict=True)):
        grown = [max(0, e) for e in extra]
        out = _CONV_TRANSPOSE[rank](*operands, steps, crop.befores, grown, groups, spread)
        for axis, size in enumerate(crop.outs, 2):
            out = out.narrow(axis, 0, size)
        return out.numpy()
    full = _CONV_TRANSPOSE[rank](*operands[:2], None, steps, 0, 0, groups, spread)
    out = F.pad(full, torch_order([(-b, size + b - whole) for size, b, whole in places]))
    if operands[2] is not None:
        out = out + operands[2].reshape(-1, *[1] * rank)
    return out.numpy()


def _check(x: Array, weight: Array, groups: int) -> None:
    """Refuse a weight of another rank, and groups that are none."""
    if weight.ndim != x.ndim or groups < 1:
        raise ValueError(f"x {x.shape}, weight {weight.shape}: other ranks, or {groups} groups")
