"""One comparison of a candidate with its reference, judged by a tolerance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from poseconvert.drift.control import Control
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
    controls : changes that were planted after it held, all of which it must see.
    beyond : drift of a package that rounds no result from the graph with the same float16 weights:
        what their rounding does not explain. Empty where it was not measured.
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
    controls: tuple[Control, ...] = ()
    beyond: tuple[OutputDrift, ...] = ()


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


def controlled(comparison: Comparison, controls: Sequence[Control]) -> Comparison:
    """Return a comparison with its controls; one that let a change pass is not established."""
    comparison = replace(comparison, controls=tuple(controls))
    blind = next((one for one in controls if one.blind), None)
    if blind is None or comparison.parity is not Parity.HELD:
        return comparison
    size = f" by {100 * blind.change:.0f} %" if blind.change else ""
    what = "let it pass" if blind.seen is False else "sees no smaller one"
    return unestablished(
        comparison, f"too blind: {blind.planted}{size} ({blind.where}), and the comparison {what}"
    )


def joint_reasons(joints: Sequence[JointDrift], tolerance: Tolerance) -> tuple[str, ...]:
    """Say which joints break the tolerance, those that flipped furthest first.

    A joint that is visible on either side, on no pattern, and flipped or moved too far. What the
    network is not sure of is counted and shown.
    """
    found = sorted(filter(lambda joint: _breaks(joint, tolerance), joints), key=_worst_first)
    return tuple(_joint_reason(joint, tolerance) for joint in found)


def _breaks(joint: JointDrift, tolerance: Tolerance) -> bool:
    flipped = joint.standing == "flipped"
    return joint.judged and (flipped or not joint.displacement_px <= tolerance.joint_px)


def _worst_first(joint: JointDrift) -> tuple[bool, bool, float]:
    px = joint.displacement_px
    seen = joint.band == "visible"
    return joint.standing != "flipped", not seen, -(math.inf if math.isnan(px) else px)


def _joint_reason(joint: JointDrift, tolerance: Tolerance) -> str:
    where = f"{joint.joint} ({joint.head}) on {joint.input_name}"
    scored = f"(score {joint.score:.3f}, margin {joint.margin:.2g})"
    if joint.standing == "flipped" and (people := people_reason(joint)):
        return people
    if joint.standing == "flipped" and joint.band == "visible":
        return f"{where}: visible joint flipped, moved {joint.displacement_px:.1f} px {scored}"
    if joint.standing == "flipped":
        return (
            f"{where}: became visible (score {joint.score:.3f} in the reference,"
            f" {joint.candidate_score:.3f} in the candidate)"
        )
    if joint.stepped:
        return (
            f"{where}: visible joint flipped its step within the cell, moved"
            f" {joint.displacement_px:.3g} px (score {joint.score:.3f})"
        )
    return f"{where}: moved {joint.displacement_px:.3g} px, allowed {tolerance.joint_px:g} px"


def judge(
    stage: str,
    *,
    reference: Run | None,
    candidate: Run,
    inputs: Sequence[str],
    outputs: Sequence[OutputDrift],
    joints: Sequence[JointDrift],
    tolerance: Tolerance,
    beyond: Sequence[OutputDrift] = (),
) -> Comparison:
    """Turn measurements into a verdict; nothing measured is ``NOT_RUN``."""
    reasons = joint_reasons(joints, tolerance) + tuple(o.reason for o in outputs if o.reason)
    reasons += tuple(f"not explained by float16 weights: {o.reason}" for o in beyond if o.reason)
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
        beyond=tuple(beyond),
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
    again = judge(
        comparison.stage,
        reference=comparison.reference,
        candidate=comparison.candidate,
        inputs=comparison.inputs,
        outputs=[rejudged_output(output, tolerance) for output in comparison.outputs],
        joints=comparison.joints,
        tolerance=tolerance,
        beyond=[rejudged_output(output, tolerance) for output in comparison.beyond],
    )
    same = tolerance.limits == comparison.tolerance.limits  # what was planted was near its limits
    return controlled(again, comparison.controls) if same else again
