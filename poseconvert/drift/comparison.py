"""One comparison of a candidate with its reference, judged by a tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from poseconvert.drift.joints import JointDrift
from poseconvert.drift.outputs import OutputDrift, rejudged_output
from poseconvert.drift.people import people_reason
from poseconvert.drift.run import Run
from poseconvert.drift.tolerances import Tolerance


class Parity(Enum):
    """The verdict. What did not run is never held."""

    HELD = "held"
    BROKEN = "broken"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one stage did, on every input together.

    Attributes
    ----------
    stage : the stage judged, or ``end_to_end``.
    reference, candidate : what ran; no reference where the comparison could not be made.
    inputs : names of the inputs compared: the coverage of the verdict.
    outputs, joints : the measurements.
    tolerance : what was allowed.
    parity : the verdict.
    reasons : why it is not held, one sentence each.
    missing : the side that did not run, where that is why the comparison was not made.
    """

    stage: str
    reference: Run | None
    candidate: Run
    inputs: tuple[str, ...]
    outputs: tuple[OutputDrift, ...]
    joints: tuple[JointDrift, ...]
    tolerance: Tolerance
    parity: Parity
    reasons: tuple[str, ...]
    missing: Run | None = None


def not_run(
    stage: str, *, candidate: Run, tolerance: Tolerance, reason: str, missing: Run | None = None
) -> Comparison:
    """Record a comparison that could not be made: never a pass."""
    return Comparison(
        stage=stage,
        reference=None,
        candidate=candidate.not_run,
        inputs=(),
        outputs=(),
        joints=(),
        tolerance=tolerance,
        parity=Parity.NOT_RUN,
        reasons=(reason,),
        missing=missing,
    )


def unestablished(comparison: Comparison, reason: str) -> Comparison:
    """Return a comparison whose measurements say nothing, with the reason first."""
    return replace(comparison, parity=Parity.NOT_RUN, reasons=(reason, *comparison.reasons))


def joint_reasons(joints: Sequence[JointDrift], tolerance: Tolerance) -> tuple[str, ...]:
    """Say which joints break the tolerance.

    A joint that flipped and is visible on either side, or one that stayed in its
    cell and moved too far.
    """
    reasons = []
    for joint in joints:
        where = f"{joint.joint} ({joint.head}) on {joint.input_name}"
        seen = joint.band == "visible" or joint.candidate_visible
        if joint.standing == "flipped" and seen and (people := people_reason(joint)):
            reasons.append(people)
        elif joint.standing == "flipped" and joint.band == "visible":
            reasons.append(
                f"{where}: visible joint flipped, moved {joint.displacement_px:.1f} px"
                f" (score {joint.score:.3f}, margin {joint.margin:.2g})"
            )
        elif joint.standing == "flipped" and joint.candidate_visible:
            reasons.append(
                f"{where}: became visible (score {joint.score:.3f} in the reference,"
                f" {joint.candidate_score:.3f} in the candidate)"
            )
        elif (
            joint.standing != "flipped"
            and joint.band != "absent"
            and not joint.displacement_px <= tolerance.joint_px  # NaN does not pass
        ):
            reasons.append(
                f"{where}: moved {joint.displacement_px:.3g} px, allowed {tolerance.joint_px:g} px"
            )
    return tuple(reasons)


def judge(
    stage: str,
    *,
    reference: Run | None,
    candidate: Run,
    inputs: Sequence[str],
    outputs: Sequence[OutputDrift],
    joints: Sequence[JointDrift],
    tolerance: Tolerance,
) -> Comparison:
    """Turn measurements into a verdict; nothing measured is ``NOT_RUN``."""
    reasons = tuple(o.reason for o in outputs if o.reason) + joint_reasons(joints, tolerance)
    if not outputs or not inputs:
        parity, reasons = Parity.NOT_RUN, (*reasons, "nothing was compared")
    else:
        parity = Parity.BROKEN if reasons else Parity.HELD
    return Comparison(
        stage=stage,
        reference=reference,
        candidate=candidate,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        joints=tuple(joints),
        tolerance=tolerance,
        parity=parity,
        reasons=reasons,
    )


def verdict(comparisons: Sequence[Comparison]) -> Parity:
    """Combine: held only when every comparison ran and held; no comparison is not run."""
    found = {comparison.parity for comparison in comparisons}
    if Parity.BROKEN in found:
        return Parity.BROKEN
    return Parity.HELD if found == {Parity.HELD} else Parity.NOT_RUN


def rejudged(comparison: Comparison, tolerance: Tolerance) -> Comparison:
    """Judge what was measured by another tolerance; what did not run stays so."""
    if comparison.parity is Parity.NOT_RUN:
        return replace(comparison, tolerance=tolerance)
    return judge(
        comparison.stage,
        reference=comparison.reference,
        candidate=comparison.candidate,
        inputs=comparison.inputs,
        outputs=[rejudged_output(output, tolerance) for output in comparison.outputs],
        joints=comparison.joints,
        tolerance=tolerance,
    )
