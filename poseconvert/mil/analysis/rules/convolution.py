"""Rules on convolutions."""

from __future__ import annotations

from poseconvert.mil.analysis.rules.rule import Rule, on
from poseconvert.mil.analysis.rules.seen import Site


def _pairs(site: Site) -> list[tuple[float, float]]:
    if site.word("pad_type") != "custom":
        return []
    pad = site.numbers("pad")
    return list(zip(pad[::2], pad[1::2], strict=False))


@on("conv_transpose")
def _uneven(site: Site) -> str:
    uneven = [pair for pair in _pairs(site) if pair[0] != pair[1]]
    return f"crops {uneven[0][0]:g} before and {uneven[0][1]:g} after" if uneven else ""


@on("conv_transpose")
def _other_size(site: Site) -> str:
    asked = [int(n) for n in site.numbers("output_shape")][2:]
    sizes, taps = site.shape("x")[2:], site.shape("weight")[2:]
    strides = site.numbers("strides") or [1.0] * len(sizes)
    spread = site.numbers("dilations") or [1.0] * len(sizes)
    pads = _pairs(site) or [(0.0, 0.0)] * len(sizes)
    if not len(asked) == len(sizes) == len(taps) == len(strides) == len(spread) == len(pads):
        return ""
    for out, size, k, s, d, (before, after) in zip(
        asked, sizes, taps, strides, spread, pads, strict=True
    ):
        if size is None or k is None:
            continue
        natural = int((size - 1) * s + (k - 1) * d + 1 - before - after)
        if out != natural and site.word("pad_type") != "same":
            return f"output_shape asks for {out} where strides and padding give {natural}"
    return ""


@on("conv")
def _dilated_groups_1d(site: Site) -> str:
    one = len(site.shape("weight")) == 3
    dilated = max(site.numbers("dilations"), default=1) > 1
    groups = max(site.numbers("groups"), default=1)
    return f"1-D, dilated, in {groups:g} groups" if one and dilated and groups > 1 else ""


@on("conv")
def _unequal_kernel(site: Site) -> str:
    taps = site.shape("weight")[2:]
    strided = min(site.numbers("strides"), default=1) > 1
    padded = any(map(any, _pairs(site)))
    parities = {k % 2 for k in taps if k is not None}
    unequal = len(taps) == 2 and len(parities) == 2 and strided and padded
    return f"kernel {taps[0]}x{taps[1]}, strided and padded" if unequal else ""


@on("conv")
def _computed_weight(site: Site) -> str:
    maker = site.maker("weight")
    fixed = maker is None or maker.operation.type.startswith("constexpr")
    return "" if fixed or not site.computed("weight") else "its weight is computed"


@on("conv")
def _three_dimensions(site: Site) -> str:
    shape = site.shape("x")
    known = [size for size in shape[2:] if size is not None]
    return f"3-D on {known}" if len(shape) == 5 and max(known, default=0) >= 128 else ""


RULES = (
    Rule(
        id="PC020",
        kind="risky",
        title="transposed convolution with other padding before than after",
        otherwise="In float16 its result is reported shifted off the CPU.",
        cure="Crop after it instead: pad 0, then slice.",
        source="apple/coremltools#2324; microsoft/onnxruntime, convtranspose_op_builder.cc",
        evidence="report",
        check=_uneven,
    ),
    Rule(
        id="PC021",
        kind="risky",
        title="transposed convolution with an output_shape that padding does not give",
        otherwise="CPU and other units are reported to give different results.",
        cure="State the padding, and leave output_shape out.",
        source="apple/coremltools#2281; microsoft/onnxruntime#21416",
        evidence="report",
        check=_other_size,
    ),
    Rule(
        id="PC022",
        kind="risky",
        title="1-D convolution that is dilated and in groups",
        otherwise="A prediction is reported to crash the process.",
        cure="Make it two-dimensional with a height of 1.",
        source="apple/coremltools#2574; pytorch/executorch#11688",
        evidence="report",
        check=_dilated_groups_1d,
    ),
    Rule(
        id="PC023",
        kind="risky",
        title="convolution with an odd and an even side, strided and padded",
        otherwise="The last element of each channel is reported wrong for a kernel of 3x2.",
        cure="Pad the kernel with a row or column of zeros.",
        source="apple/coremltools#2515",
        evidence="report",
        check=_unequal_kernel,
    ),
    Rule(
        id="PC024",
        kind="risky",
        title="convolution with a computed weight",
        otherwise="Apple's own test is marked as failing off the CPU.",
        cure="Run it on the CPU only, or write it as a matmul.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_conv.py, rdar://97398343",
        evidence="Apple's test",
        check=_computed_weight,
    ),
    Rule(
        id="PC025",
        kind="risky",
        title="3-D convolution of 128 elements and more along an axis",
        otherwise="A prediction is reported to crash in conv3d_kernel_cpu at 128, not at 64.",
        cure="Work on smaller blocks.",
        source="apple/coremltools#2000",
        evidence="report",
        check=_three_dimensions,
    ),
)
