"""MIL op family ``conv``."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F

from poseconvert.mil.padding import spatial_padding, torch_order
from poseconvert.mil.program import Array
from poseconvert.mil.registry import op
from poseconvert.mil.tensors import bounded, integers, optional_tensor, tensor

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
    rank, steps, spread = _geometry(x, weight, strides, dilations, groups)
    kernel = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], spread, strict=True)]
    pads = spatial_padding(
        pad_type=pad_type, pad=pad, sizes=x.shape[2:], kernel=kernel, strides=steps
    )
    outs = [
        max(0, size + before + after - k) // s + 1
        for size, (before, after), k, s in zip(x.shape[2:], pads, kernel, steps, strict=True)
    ]
    bounded([x.shape[0], weight.shape[0], *outs])
    image, amounts = tensor(x), [before for before, _ in pads]
    if any(before != after for before, after in pads):
        image, amounts = F.pad(image, torch_order(pads)), [0] * rank
    out = _CONV[rank](image, tensor(weight), optional_tensor(bias), steps, amounts, spread, groups)
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
    rank, steps, spread = _geometry(x, weight, strides, dilations, groups)
    full_size = [
        (size - 1) * s + (k - 1) * d + 1
        for size, s, k, d in zip(x.shape[2:], steps, weight.shape[2:], spread, strict=True)
    ]
    channels = [x.shape[0], weight.shape[1] * groups]
    bounded([*channels, *full_size])
    sizes, befores = _window(full_size, x.shape[2:], steps, pad_type, pad, output_shape)
    bounded([*channels, *sizes])
    operands = tensor(x), tensor(weight), optional_tensor(bias)
    # torch crops as much after as before, then adds fewer elements than a step; the rest is cut.
    extra = [
        size - whole + 2 * before
        for size, before, whole in zip(sizes, befores, full_size, strict=True)
    ]
    if all(e < max(s, d) for e, s, d in zip(extra, steps, spread, strict=True)):
        grown = [max(0, e) for e in extra]
        out = _CONV_TRANSPOSE[rank](*operands, steps, befores, grown, groups, spread)
        for axis, size in enumerate(sizes, 2):
            out = out.narrow(axis, 0, size)
        return out.numpy()
    full = _CONV_TRANSPOSE[rank](*operands[:2], None, steps, 0, 0, groups, spread)
    crops = [
        (-before, size + before - whole)
        for size, before, whole in zip(sizes, befores, full_size, strict=True)
    ]
    out = F.pad(full, torch_order(crops))
    if operands[2] is not None:
        out = out + operands[2].reshape(-1, *[1] * rank)
    return out.numpy()


def _geometry(
    x: Array, weight: Array, strides: Array | None, dilations: Array | None, groups: int
) -> tuple[int, list[int], list[int]]:
    """Spatial rank, strides and dilations, checked."""
    rank = x.ndim - 2
    steps = [1] * rank if strides is None else integers(strides)
    spread = [1] * rank if dilations is None else integers(dilations)
    if rank not in _CONV or weight.ndim != x.ndim or len(steps) != rank or len(spread) != rank:
        raise ValueError(
            f"x {x.shape}, weight {weight.shape}, strides {steps}, dilations {spread} "
            "do not have the same spatial rank"
        )
    if min(*steps, *spread, groups) < 1 or max(*steps, *spread) >= 2**31:
        raise ValueError(f"strides {steps}, dilations {spread}, groups {groups}: below 1")
    return rank, steps, spread


def _window(
    full: Sequence[int],
    sizes: Sequence[int],
    strides: Sequence[int],
    pad_type: str,
    pad: Array | None,
    output_shape: Array | None,
) -> tuple[list[int], list[int]]:
    """Size of the result, and how much of the full transposed convolution is cropped before it."""
    if pad_type not in ("valid", "same", "custom"):
        raise ValueError(f'unknown pad_type "{pad_type}"')
    flat = integers(pad) if pad is not None and pad_type == "custom" else [0] * (2 * len(full))
    if len(flat) != 2 * len(full) or min(flat) < 0:
        raise ValueError(f"pad {flat} does not fit {len(full)} spatial dimensions")
    befores = flat[::2]
    if output_shape is not None:
        out = integers(output_shape)[2:]
    elif pad_type == "same":
        out = [size * stride for size, stride in zip(sizes, strides, strict=True)]
    else:
        out = [w - b - a for w, b, a in zip(full, befores, flat[1::2], strict=True)]
    if len(out) != len(full):
        raise ValueError(f"output_shape does not have {len(full)} spatial dimensions")
    if pad_type == "same":
        befores = [max(0, whole - size) // 2 for whole, size in zip(full, out, strict=True)]
    return out, befores
