"""What float16 does to a package that float32 leaves whole."""

from __future__ import annotations

from collections.abc import Iterator

from poseconvert.drift import Parity
from poseconvert.drift.format import number
from poseconvert.errors import PoseconvertError
from poseconvert.mil import Package, find_hazards
from poseconvert.mil.analysis.runtime_hazards import find_seen_hazards
from poseconvert.pipeline.chain.evaluate import ChainResult
from poseconvert.pipeline.chain.measurement import Diagnosis
from poseconvert.pipeline.diagnose.hypothesis import Broken

_OF_JOINTS = ("sigmoid plateau", "ties")
_WORST_FIRST = ("float16 overflow", "float16 underflow", *_OF_JOINTS)


def half_causes(broken: Broken, package: Package, result: ChainResult) -> Iterator[Diagnosis]:
    """Name the worst hazard of a package whose rounding breaks parity, or moves joints alone."""
    rounded = [c for c in result.comparisons if c.stage == broken.comparison.stage]
    whole = next((c for c in rounded if c.candidate.precision == "fp32"), None)
    held = whole is not None and whole.parity is Parity.HELD
    ties = not any(output.reason for output in broken.comparison.outputs)
    if broken.candidate.run.precision != "fp16" or not (held or ties):
        return
    batch, _, _ = broken.some()
    inputs = [one.tensors for one in batch.runs()]
    try:
        hazards = (*find_seen_hazards(package, inputs), *find_hazards(package))
    except PoseconvertError:
        hazards = find_hazards(package)
    after = " Without rounding the same package holds parity" if held else ""
    for cause in _OF_JOINTS if ties else _WORST_FIRST:
        hazard = next((one for one in hazards if one.cause == cause), None)
        if hazard is not None:
            yield Diagnosis(cause, f"{hazard}{after}", hazard.op)
            return
    if held:
        yield Diagnosis(
            "float16 rounding",
            f"rounding to float16 alone moves the outputs by {number(broken.before)} of the range."
            f"{after}",
        )
