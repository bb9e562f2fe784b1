"""Rules on ranks, sizes and types of any op's tensors."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.mil.analysis.rules.rule import Place, Rule, on, whole
from poseconvert.mil.analysis.rules.seen import Seen, Site

_MOST_RANK = 5
# What coremltools says of the Neural Engine up to A15 and M1; later chips take 65536.
_MOST_SIZE = 16384


@whole
def _rank(seen: Seen) -> Iterator[Place]:
    for site in seen.sites():
        made = site.result()
        if made is not None and len(made.shape) > _MOST_RANK:
            yield Place(site.operation.name, f"{site.operation.type} gives rank {len(made.shape)}")


@whole
def _axis(seen: Seen) -> Iterator[Place]:
    for site in seen.sites():
        made = site.result()
        size = max((n for n in made.shape if n is not None), default=0) if made else 0
        if size > _MOST_SIZE:
            yield Place(site.operation.name, f"{site.operation.type} gives an axis of {size}")


@on("matmul", "linear")
def _integer_product(site: Site) -> str:
    return "of integers" if site.dtype("x") in ("int32", "int16", "int8") else ""


@on("expand_dims")
def _scalar(site: Site) -> str:
    declared = site.type("x")
    return "of a scalar" if declared is not None and not declared.shape else ""


RULES = (
    Rule(
        id="PC040",
        kind="refused",
        title="tensor of rank 6 or more",
        otherwise='The package does not load: "Error in declaring network", "Invalid rank: 6".',
        cure="Join axes before the op, and part them after it.",
        source="apple/coremltools#1723, #1474, #832",
        evidence="compiler message",
        check=_rank,
    ),
    Rule(
        id="PC041",
        kind="refused",
        title="matrix product of integers",
        otherwise='The package does not load: "Failed to build the model execution plan ... with'
        ' error code: -14".',
        cure="Cast both to float32.",
        source="apple/coremltools#2575; pytorch/executorch#11691",
        evidence="compiler message",
        check=_integer_product,
    ),
    Rule(
        id="PC042",
        kind="slow",
        title="axis longer than 16384",
        otherwise="ONNX Runtime and ANEForge keep such ops off the Neural Engine of older chips.",
        cure="Split the axis.",
        source="pagarcia/sam2-onnx-cpp#3; ANEForge 0.4.0",
        evidence="report",
        check=_axis,
    ),
    Rule(
        id="PC043",
        kind="risky",
        title="`expand_dims` of a scalar",
        otherwise="Core ML is reported to raise an internal error on Intel Macs.",
        cure="Make the scalar a tensor of one element.",
        source="microsoft/onnxruntime#24462",
        evidence="report",
        check=_scalar,
    ),
)
