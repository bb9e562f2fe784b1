"""Rules on pools."""

from __future__ import annotations

from poseconvert.mil.analysis.rules.rule import Rule, on
from poseconvert.mil.analysis.rules.seen import Site


def _axes(site: Site) -> list[tuple[int, int, int, int]]:
    """Size with padding, kernel, stride and padding before, of each axis whose size is known."""
    kernel = [int(k) for k in site.numbers("kernel_sizes")]
    strides = [int(s) for s in site.numbers("strides")] or [1] * len(kernel)
    pad = [0] * 2 * len(kernel)
    if site.word("pad_type") == "custom":
        pad = [int(p) for p in site.numbers("pad")] or pad
    sizes = site.shape("x")[2:]
    if not len(sizes) == len(strides) == len(kernel) == len(pad) // 2:
        return []
    pads = zip(pad[::2], pad[1::2], strict=True)
    return [
        (size + before + after, k, s, before + after)
        for size, k, s, (before, after) in zip(sizes, kernel, strides, pads, strict=True)
        if size is not None
    ]


@on("avg_pool")
def _overhang(site: Site) -> str:
    if site.flag("exclude_padding_from_average") or not site.flag("ceil_mode"):
        return ""
    for padded, k, s, _ in _axes(site):
        if s > 0 and (padded - k) % s:
            return f"windows of {k} at stride {s} overhang {padded} elements and count all of it"
    return ""


@on("avg_pool")
def _large_padded(site: Site) -> str:
    if site.flag("exclude_padding_from_average"):
        return ""
    large = [k for _, k, s, pad in _axes(site) if k >= 7 and s > 1 and pad]
    return f"windows of {large[0]}, strided, that count padding" if large else ""


@on("avg_pool", "max_pool", "l2_pool")
def _same_lower_1d(site: Site) -> str:
    one = len(site.numbers("kernel_sizes")) == 1
    return "one dimension with pad_type same_lower" if one and _lower(site) else ""


def _lower(site: Site) -> bool:
    return site.word("pad_type") == "same_lower"


RULES = (
    Rule(
        id="PC001",
        kind="wrong",
        title="average pool with `ceil_mode` whose last windows overhang and count padding",
        otherwise="Core ML divides such a window by the whole kernel; ONNX and PyTorch by the"
        " elements inside.",
        cure="Write the padding out and exclude the rest, as convert does from a graph.",
        source="apple/coremltools#2844, #2772",
        evidence="Core ML result",
        check=_overhang,
    ),
    Rule(
        id="PC002",
        kind="risky",
        title="average pool of 7 or more, strided, that counts padding",
        otherwise="A report has Core ML's answer 49 times too small for a kernel of 7 at stride 4"
        " with padding 3.",
        cure="Compare this op on a Mac, or pad before the pool.",
        source="apple/coremltools#1901",
        evidence="report",
        check=_large_padded,
    ),
    Rule(
        id="PC003",
        kind="risky",
        title="1-D pool with pad_type same_lower",
        otherwise="Apple's own test is marked as failing: the result is wrong.",
        cure="Give the padding as numbers.",
        source="coremltools 9.0, mil/ops/tests/iOS14/test_pool.py, rdar://98852008",
        evidence="Apple's test",
        check=_same_lower_1d,
        since="CoreML6",
    ),
)
