"""One comparison of a candidate with its reference, judged by a tolerance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poseconvert.drift.joints import JointDrift
from poseconvert.drift.tensors import TensorDrift, tensor_drift
from poseconvert.drift.tolerances import FLOOR_FACTOR, FLOOR_LIMIT, Tolerance


class Parity(Enum):
    """The verdict. What did not run is never held."""

    HELD = "held"
    BROKEN = "broken"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class OutputDrift:
    """Drift of one named output.

    Attributes
    ----------
    drift : None where it could not be measured.
    reason : why it breaks the tolerance; empty when it does not.
    floor : relative drift of the reference under one unit in the last place of its input.
    """

    output: str
    drift: TensorDrift | None
    reason: str
    floor: float = 0.0

    def allowed(self, tolerance: Tolerance) -> float | None:
        """Return the allowed relative drift, None where the tolerance has none."""
        if tolerance.relative is None:
            return None
        floor = self.floor if math.isfinite(self.floor) else 0.0  # inf would allow anything
        return max(tolerance.relative, min(FLOOR_FACTOR * floor, FLOOR_LIMIT))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one stage did, on every input together.

    Attributes
    ----------
    stage : the stage judged, or ``end_to_end``.
    reference, candidate : what ran, as shown to the user.
    inputs : names of the inputs compared: the coverage of the verdict.
    outputs, joints : the measurements.
    tolerance : what was allowed.
    parity : the verdict.
    reasons : why it is not held, one sentence each.
    """

    stage: str
    reference: str
    candidate: str
    inputs: tuple[str, ...]
    outputs: tuple[OutputDrift, ...]
    joints: tuple[JointDrift, ...]
    tolerance: Tolerance
    parity: Parity
    reasons: tuple[str, ...]


def not_run(stage: str, *, candidate: str, tolerance: Tolerance, reason: str) -> Comparison:
    """Record a comparison that could not be made: never a pass."""
    return Comparison(
        stage=stage,
        reference="",
        candidate=candidate,
        inputs=(),
        outputs=(),
        joints=(),
        tolerance=tolerance,
        parity=Parity.NOT_RUN,
        reasons=(reason,),
    )


def compare_outputs(
    reference: Mapping[str, NDArray[Any]],
    candidate: Mapping[str, NDArray[Any]],
    *,
    tolerance: Tolerance,
    floor: Mapping[str, float] | None = None,
) -> tuple[OutputDrift, ...]:
    """Compare every output by name; a missing, extra, empty or misshapen one is a reason.

    Parameters
    ----------
    floor : noise floor of each output, where it was measured.
    """
    drifts = []
    for name in [*reference, *(name for name in candidate if name not in reference)]:
        if name not in candidate or name not in reference:
            side = "candidate" if name not in candidate else "reference"
            drifts.append(OutputDrift(name, None, f"{name}: missing in the {side}"))
            continue
        expected, got = reference[name], candidate[name]
        if expected.shape != got.shape:
            text = f"{name}: shape {got.shape}, the reference has {expected.shape}"
            drifts.append(OutputDrift(name, None, text))
        elif not expected.size:
            drifts.append(OutputDrift(name, None, f"{name}: empty, nothing was compared"))
        else:
            drift = tensor_drift(expected, got)
            measured = OutputDrift(name, drift, "", (floor or {}).get(name, 0.0))
            reason = _tensor_reason(measured, drift, tolerance)
            drifts.append(replace(measured, reason=reason))
    return tuple(drifts)


def _tensor_reason(measured: OutputDrift, drift: TensorDrift, tolerance: Tolerance) -> str:
    name, allowed = measured.output, measured.allowed(tolerance)
    if drift.non_finite:
        sides = (("reference", drift.only_reference), ("candidate", drift.only_candidate))
        alone = ", ".join(f"{count} in the {side} alone" for side, count in sides if count)
        text = f"{name}: {drift.non_finite} of {drift.elements} values are NaN or Inf"
        return f"{text} ({alone})" if alone else text
    where = (
        f"worst at {list(drift.worst)}: reference {drift.reference:.6g},"
        f" candidate {drift.candidate:.6g}"
    )
    if allowed is not None and not drift.relative <= allowed:
        return (
            f"{name}: drift {drift.relative:.2g} of the range, allowed {allowed:.1e};"
            f" {where}; would pass with {drift.relative * 1.05:.1e}"
        )
    if tolerance.psnr_db is not None and not drift.psnr_db >= tolerance.psnr_db:
        return (
            f"{name}: PSNR {drift.psnr_db:.1f} dB, at least {tolerance.psnr_db:.0f} dB wanted;"
            f" {where}; would pass with {math.floor(drift.psnr_db)} dB"
            if math.isfinite(drift.psnr_db)
            else f"{name}: the reference is zero everywhere, the candidate is not; {where}"
        )
    return ""


def joint_reasons(joints: Sequence[JointDrift], tolerance: Tolerance) -> tuple[str, ...]:
    """Say which joints break the tolerance.

    A joint that flipped and is visible on either side, or one that stayed in its
    cell and moved too far.
    """
    reasons = []
    for joint in joints:
        where = f"{joint.joint} ({joint.head}) on {joint.input_name}"
        if joint.standing == "flipped" and joint.band == "visible":
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
    reference: str,
    candidate: str,
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


def max_drift(outputs: Sequence[OutputDrift], name: str) -> float:
    """Largest absolute drift of one output, inf where it was not measured."""
    for output in outputs:
        if output.output == name and output.drift is not None:
            return output.drift.max_abs if np.isfinite(output.drift.max_abs) else math.inf
    return math.inf
