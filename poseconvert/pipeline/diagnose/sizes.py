"""Causes for a package that holds at its default size and not at another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poseconvert.conversion.manifest import Manifest
from poseconvert.drift import Comparison, Parity
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.stages.stage import COREML_FROM_ONNX, PACKAGE


def size_causes(comparisons: Sequence[Comparison], manifest: Manifest) -> Iterator[Diagnosis]:
    """Tell a size that became a constant from float16, by whether float32 was held there.

    Parameters
    ----------
    manifest : says whether the float32 package of the route was held, which it is only where
        it is at every size.
    """
    at_default = [c.parity for c in comparisons if c.stage == COREML_FROM_ONNX.name]
    if not at_default or any(parity is not Parity.HELD for parity in at_default):
        return
    whole_held = any(route.shipped and route.parity == "held" for route in manifest.routes)
    rounded = manifest.precision != "fp32" and whole_held
    sized = [c for c in comparisons if c.candidate.artifact == PACKAGE and c.candidate.size]
    for size in dict.fromkeys(c.candidate.size for c in sized):
        rows = [c for c in sized if c.candidate.size == size]
        if rounded and any(c.parity is Parity.BROKEN for c in rows):
            yield Diagnosis(
                "float16 rounding",
                f"at {size} float16 breaks what the float32 package held: give --precision auto"
                " or fp32, or omit that size",
            )
        elif any(c.parity is Parity.BROKEN or _failed(c) for c in rows):
            yield Diagnosis(
                "baked constant",
                f"the package holds at its default size and not at {size}: it seems to have a"
                " number of the default size as a constant, as tracing makes it of int(x.shape[2]);"
                " convert once for every --size",
            )


def _failed(comparison: Comparison) -> bool:
    """Whether the package did not run where its reference did."""
    return comparison.missing == comparison.candidate
