"""Rules on attention."""

from __future__ import annotations

from poseconvert.mil.analysis.rules.rule import Rule, on
from poseconvert.mil.analysis.rules.seen import Site

_BATCH = 10


@on("matmul")
def _masked_batches(site: Site) -> str:
    soft = site.maker("x")
    if soft is None or soft.operation.type != "softmax":
        return ""
    masked = soft.maker("x")
    shape = site.shape("x")
    batch = shape[0] if len(shape) > 2 and shape[0] is not None else 0
    fused = masked is not None and masked.operation.type == "add" and batch >= _BATCH
    return f"attention with a mask, batch {batch}" if fused else ""


@on("scaled_dot_product_attention")
def _fused_half(site: Site) -> str:
    shape = site.shape("query")
    queries = shape[-2] if len(shape) > 2 and shape[-2] is not None else 1
    half = site.dtype("query") == "fp16"
    return f"{queries} queries in float16" if half and queries > 1 else ""


RULES = (
    Rule(
        id="PC080",
        kind="risky",
        title="attention with an additive mask, batch of 10 and more",
        otherwise="The GPU's fused kernel is reported wrong on macOS 26; CPU and Neural Engine are"
        " right.",
        cure="Run smaller batches.",
        source="apple/coremltools#2650",
        evidence="report",
        check=_masked_batches,
    ),
    Rule(
        id="PC081",
        kind="risky",
        title="fused attention in float16 with several queries",
        otherwise="On the CPU a prediction is reported to crash where heads are large.",
        cure="Write it as matmul and softmax.",
        source="kasper0406/stablehlo-coreml#89",
        evidence="report",
        check=_fused_half,
        since="CoreML8",
    ),
)
