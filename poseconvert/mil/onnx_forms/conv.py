"""ONNX forms of the ops of family ``conv``."""

from __future__ import annotations

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, ints, stored, text
from poseconvert.mil.onnx_registry import onnx_form
from poseconvert.mil.windows import conv_windows, transposed_crop


@onnx_form("conv")
def conv(
    graph: Graph,
    *,
    x: Value,
    weight: Value,
    bias: Value | None = None,
    strides: Value | None = None,
    pad_type: Value | None = None,
    pad: Value | None = None,
    dilations: Value | None = None,
    groups: Value | None = None,
) -> str:
    """``Conv`` with the padding spelt out."""
    windows = conv_windows(
        x.shape[2:],
        weight.shape[2:],
        strides=stored(strides),
        dilations=stored(dilations),
        pad_type=text(pad_type, "valid"),
        pad=stored(pad),
    )
    return graph.node(
        "Conv",
        x,
        weight,
        bias,
        kernel_shape=list(weight.shape[2:]),
        strides=windows.strides,
        dilations=windows.dilations,
        group=ints(groups, [1])[0],
        pads=[before for before, _ in windows.pads] + [after for _, after in windows.pads],
    )


@onnx_form("conv_transpose")
def conv_transpose(
    graph: Graph,
    *,
    x: Value,
    weight: Value,
    bias: Value | None = None,
    pad: Value | None = None,
    output_shape: Value | None = None,
    pad_type: Value | None = None,
    strides: Value | None = None,
    dilations: Value | None = None,
    groups: Value | None = None,
) -> str:
    """``ConvTranspose``: what Core ML crops is its padding, what it adds its output padding."""
    crop = transposed_crop(
        x.shape[2:],
        weight.shape[2:],
        strides=stored(strides),
        dilations=stored(dilations),
        pad_type=text(pad_type, "valid"),
        pad=stored(pad),
        output_shape=stored(output_shape),
    )
    afters = [f - b - size for f, b, size in zip(crop.full, crop.befores, crop.outs, strict=True)]
    steps = zip(afters, crop.strides, crop.dilations, strict=True)
    if any(-after >= max(s, d) for after, s, d in steps):
        raise UnsupportedOpError(f"conv_transpose adds {[-a for a in afters]} elements of padding")
    return graph.node(
        "ConvTranspose",
        x,
        weight,
        bias,
        kernel_shape=list(weight.shape[2:]),
        strides=crop.strides,
        dilations=crop.dilations,
        group=ints(groups, [1])[0],
        pads=crop.befores + [max(0, after) for after in afters],
        output_padding=[max(0, -after) for after in afters],
    )
