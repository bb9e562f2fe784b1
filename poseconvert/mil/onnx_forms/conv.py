"""ONNX forms of the ops of family ``conv``."""

from __future__ import annotations

from poseconvert.errors import UnsupportedOpError
from poseconvert.mil.onnx_graph import Graph, Value, ints, text
from poseconvert.mil.onnx_registry import onnx_form
from poseconvert.mil.padding import spatial_padding


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
    kernel = weight.shape[2:]
    steps, spread = ints(strides, [1] * len(kernel)), ints(dilations, [1] * len(kernel))
    pads = spatial_padding(
        pad_type=text(pad_type, "valid"),
        pad=None if pad is None else pad.constant,
        sizes=x.shape[2:],
        kernel=[(k - 1) * d + 1 for k, d in zip(kernel, spread, strict=True)],
        strides=steps,
    )
    return graph.node(
        "Conv",
        x,
        weight,
        bias,
        kernel_shape=list(kernel),
        strides=steps,
        dilations=spread,
        group=ints(groups, [1])[0],
        pads=[before for before, _ in pads] + [after for _, after in pads],
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
    rank = x.rank - 2
    steps, spread = ints(strides, [1] * rank), ints(dilations, [1] * rank)
    full = [
        (size - 1) * s + (k - 1) * d + 1
        for size, s, k, d in zip(x.shape[2:], steps, weight.shape[2:], spread, strict=True)
    ]
    kind = text(pad_type, "valid")
    flat = ints(pad, [0] * 2 * rank) if kind == "custom" else [0] * 2 * rank
    if output_shape is not None:
        out = ints(output_shape)[2:]
    elif kind == "same":
        out = [size * s for size, s in zip(x.shape[2:], steps, strict=True)]
    else:
        out = [f - b - a for f, b, a in zip(full, flat[::2], flat[1::2], strict=True)]
    befores = flat[::2]
    if kind == "same":
        befores = [max(0, f - size) // 2 for f, size in zip(full, out, strict=True)]
    afters = [f - b - size for f, b, size in zip(full, befores, out, strict=True)]
    if any(-after >= max(s, d) for after, s, d in zip(afters, steps, spread, strict=True)):
        raise UnsupportedOpError(f"conv_transpose adds {[-a for a in afters]} elements of padding")
    return graph.node(
        "ConvTranspose",
        x,
        weight,
        bias,
        kernel_shape=list(weight.shape[2:]),
        strides=steps,
        dilations=spread,
        group=ints(groups, [1])[0],
        pads=befores + [max(0, after) for after in afters],
        output_padding=[max(0, -after) for after in afters],
    )
