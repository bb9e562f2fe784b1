"""Rules on padding."""

from __future__ import annotations

from poseconvert.mil.analysis.rules.rule import Rule, on
from poseconvert.mil.analysis.rules.seen import Site


def _by_axis(site: Site) -> dict[int, tuple[int, int]]:
    """Return padding before and after by axis, counted from the last; only where there is some."""
    pad = [int(p) for p in site.numbers("pad")]
    pairs = list(zip(pad[::2], pad[1::2], strict=False))
    return {axis - len(pairs): pair for axis, pair in enumerate(pairs) if any(pair)}


@on("pad")
def _outer_axes(site: Site) -> str:
    mode = site.word("mode")
    outer = [axis for axis in _by_axis(site) if axis < -2]
    return f"mode {mode} pads axis {outer[0]}" if outer and mode in ("reflect", "replicate") else ""


@on("pad")
def _farther_than_it_is(site: Site) -> str:
    mode, shape = site.word("mode"), site.shape("x")
    for axis, pair in _by_axis(site).items():
        size = shape[axis] if -axis <= len(shape) else None
        most = None if size is None else size - (mode == "reflect")
        if mode in ("reflect", "replicate") and most is not None and max(pair) > most:
            return f"mode {mode} pads {max(pair)} at an axis of {size}"
    return ""


RULES = (
    Rule(
        id="PC010",
        kind="refused",
        title="`reflect` or `replicate` padding outside the last two axes",
        otherwise='The package does not compile: "Padding for more than two dimensions only'
        ' supports `constant` mode".',
        cure="Transpose the axis to the end, pad, and transpose back.",
        source="apple/coremltools#2701, #2571, #2576",
        evidence="compiler message",
        check=_outer_axes,
    ),
    Rule(
        id="PC011",
        kind="risky",
        title="`reflect` or `replicate` padding wider than the input",
        otherwise="Core ML takes at most the size less one of reflect, the size of replicate.",
        cure="Pad in several steps.",
        source="webmachinelearning/webnn#739",
        evidence="document",
        check=_farther_than_it_is,
    ),
)
