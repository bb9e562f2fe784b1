"""Convolutions and deconvolutions of two and three spatial axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from poseconvert.mil.package.neuralnetwork.lowering import Lowering, Value, layer
from poseconvert.mil.package.neuralnetwork.weights import is_given

#: SamePadding.SamePaddingMode; Convolution3DLayerParams.PaddingType is CUSTOM, VALID, SAME.
_SAME = ("same", "same_lower")
_PAD_3D = ("custom", "valid", "same")
CUSTOM_3D = ("Front", "Back", "Top", "Bottom", "Left", "Right")


@layer("convolution")
def convolution(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """``conv`` or ``conv_transpose`` over the last two axes; weights may be the second input."""
    kernel, groups = list(p.kernelSize) or [3, 3], max(p.nGroups, 1)
    pad_type, pad = padding_of(to, p)
    return _convolve(
        to,
        p,
        inputs,
        kernel=kernel,
        channels=(p.outputChannels, p.kernelChannels),
        groups=groups,
        strides=list(p.stride) or [1, 1],
        dilations=list(p.dilationFactor) or [1, 1],
        pad_type=pad_type,
        pad=pad,
    )


@layer("convolution3d")
def convolution3d(to: Lowering, p: Any, inputs: tuple[Value, ...]) -> Value:
    """As ``convolution``, over the last three axes."""
    groups = max(p.nGroups, 1)
    pad = [getattr(p, f"customPadding{side}") for side in CUSTOM_3D]
    return _convolve(
        to,
        p,
        inputs,
        kernel=[p.kernelDepth, p.kernelHeight, p.kernelWidth],
        channels=(
            p.outputChannels,
            p.inputChannels if p.isDeconvolution else p.inputChannels // groups,
        ),
        groups=groups,
        strides=[max(s, 1) for s in (p.strideDepth, p.strideHeight, p.strideWidth)],
        dilations=[max(d, 1) for d in (p.dilationDepth, p.dilationHeight, p.dilationWidth)],
        pad_type=_PAD_3D[p.paddingType],
        pad=pad if _PAD_3D[p.paddingType] == "custom" else None,
    )


def padding_of(to: Lowering, p: Any) -> tuple[str, list[int] | None]:
    """Give MIL's kind and amounts of a layer's padding."""
    if p.WhichOneof(next(o.name for o in p.DESCRIPTOR.oneofs)) == "same":
        return _SAME[p.same.asymmetryMode], None
    return "custom", border_amounts(to, p.valid.paddingAmounts)


def border_amounts(to: Lowering, borders: Any) -> list[int]:
    """Give ``BorderAmounts`` as start and end of H, then of W."""
    edges = borders.borderAmounts
    if len(edges) not in (0, 2):
        raise to.error(f"has border amounts for {len(edges)} axes, expected 2")
    return [size for edge in edges for size in (edge.startEdgeSize, edge.endEdgeSize)] or [0] * 4


def _convolve(
    to: Lowering,
    p: Any,
    inputs: tuple[Value, ...],
    *,
    kernel: list[int],
    channels: tuple[int, int],
    groups: int,
    **windows: Any,
) -> Value:
    out, given = channels
    x = to.folded(inputs[0], len(kernel) + 2)
    shape = (given, out // groups, *kernel) if p.isDeconvolution else (out, given, *kernel)
    weight: Any = (
        inputs[1]
        if len(inputs) > 1 and not is_given(p.weights)
        else to.weights(p.weights, shape, channel_axis=1 if p.isDeconvolution else 0)
    )
    bias: Any = inputs[2] if len(inputs) > 2 else to.bias(p, out)
    windows = {name: value for name, value in windows.items() if value is not None}
    sized: dict[str, Any] = {
        key: np.array(value) for key, value in windows.items() if key != "pad_type"
    }
    rank = len(kernel) + 2
    if p.isDeconvolution:
        if len(p.outputShape):
            sized["output_shape"] = np.array([0, out, *p.outputShape])
            to_shape = [*p.outputShape]
            return _shaped_transpose(
                to, x, weight, bias, groups, windows["pad_type"], sized, to_shape, inputs[0]
            )
        y = to.op(
            "conv_transpose",
            rank,
            x=x,
            weight=weight,
            bias=bias,
            groups=groups,
            pad_type=windows["pad_type"],
            **sized,
        )
    else:
        y = to.op(
            "conv",
            rank,
            x=x,
            weight=weight,
            bias=bias,
            groups=groups,
            pad_type=windows["pad_type"],
            **sized,
        )
    return to.unfolded(y, inputs[0])


def _shaped_transpose(
    to: Lowering,
    x: Value,
    weight: Any,
    bias: Any,
    groups: int,
    pad_type: str,
    sized: dict[str, Any],
    shape: list[int],
    like: Value,
) -> Value:
    """``conv_transpose`` to a given size; MIL reads the spatial part of its output shape."""
    sized["output_shape"] = np.array([1, 1, *shape])
    y = to.op(
        "conv_transpose",
        len(shape) + 2,
        x=x,
        weight=weight,
        bias=bias,
        groups=groups,
        pad_type=pad_type,
        **sized,
    )
    return to.unfolded(y, like)
