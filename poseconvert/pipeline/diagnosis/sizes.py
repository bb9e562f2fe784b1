"""Causes for a package that holds at its default size and not at another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from poseconvert.drift import Comparison, Parity
from poseconvert.pipeline.diagnosis.evidence import Diagnosis

_AT = "coreml_at_"


def size_causes(comparisons: Sequence[Comparison]) -> Iterator[Diagnosis]:
    """Tell a size that became a constant from float16, by whether float32 holds there."""
    at_default = [c.parity for c in comparisons if c.stage == "coreml_from_onnx"]
    if not at_default or any(parity is not Parity.HELD for parity in at_default):
        return
    off = [c for c in comparisons if c.stage.startswith(_AT) and _package_is_off(c)]
    for stage in dict.fromkeys(c.stage for c in off):
        size = stage.removeprefix(_AT)
        rows = [c for c in comparisons if c.stage == stage]
        exact = [c for c in rows if "(fp32)" in c.candidate]
        if len(rows) > 1 and exact and all(c.parity is Parity.HELD for c in exact):
            yield Diagnosis(
                "float16 rounding",
                f"at {size} the package is off when it rounds to float16 and holds when it does"
                " not: give --precision auto or fp32, or leave that size away",
            )
        else:
            yield Diagnosis(
                "baked constant",
                f"the package holds at its default size and not at {size}: it seems to have a"
                " number of the default size as a constant, as tracing makes it of int(x.shape[2]);"
                " convert once for every --size",
            )


def _package_is_off(comparison: Comparison) -> bool:
    """Whether the package answered wrong, or failed where its reference ran."""
    failed = f"{comparison.candidate} did not run: "
    return comparison.parity is Parity.BROKEN or (
        comparison.parity is Parity.NOT_RUN and comparison.reasons[0].startswith(failed)
    )
