"""MIL op ``conv_transpose``, of family ``conv``."""

from __future__ import annotations

import torch.nn.functional as F

from poseconvert.mil.ops.conv.operands import check_operands
from poseconvert.mil.ops.shared import Array, Facts, bounded, op, optional_tensor, tensor
from poseconvert.mil.ops.shared.doubts import doubt_padding
from poseconvert.mil.ops.shared.macs import macs_per_input
from poseconvert.mil.ops.shared.padding import torch_order
from poseconvert.mil.ops.shared.windows import transposed_crop

_CONV_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


@op(
    "conv_transpose",
    since="CoreML5",
    facts=Facts(fresh=True, sums=True, count_macs=macs_per_input, doubts=doubt_padding),
)
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
    check_operands(x, weight, groups)
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
