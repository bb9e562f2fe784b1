"""How far a package moves the joints of one input in one float16 mode."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from poseconvert.drift import JointDrift
from poseconvert.mil import Precision


@dataclass(frozen=True, slots=True)
class Case:
    """One input in one mode of the reference executor."""

    index: int
    input_name: str
    mode: Precision


@dataclass(frozen=True, slots=True)
class CaseDrift:
    """What became of the joints of one case.

    A joint is visible where either side sees it: then it counts, by its displacement, also when
    its peak flipped to another cell. A joint that neither side sees is hidden: it is reported
    apart. One that the reference lacks and the candidate does not see is out.

    Attributes
    ----------
    case : which input, and in which mode.
    px : displacement of the visible joint that moved furthest, in input pixels; infinite where
        it is NaN, is on one side only, or the package does not run; 0 where none is visible.
    joint, head : that joint; empty where none is visible.
    visible, flips : visible joints, and how many of them flipped.
    hidden, hidden_px, hidden_flips : the same of hidden joints.
    reason : why the package did not run; empty when it did.
    """

    case: Case
    px: float
    joint: str = ""
    head: str = ""
    visible: int = 0
    flips: int = 0
    hidden: int = 0
    hidden_px: float = 0.0
    hidden_flips: int = 0
    reason: str = ""


def case_drift(case: Case, drifts: Sequence[JointDrift]) -> CaseDrift:
    """Sum up the joints of one case."""
    visible = [j for j in drifts if j.band == "visible" or j.candidate_visible]
    hidden = [j for j in drifts if j.band == "occluded" and not j.candidate_visible]
    worst = max(visible, key=_distance, default=None)
    return CaseDrift(
        case,
        px=_distance(worst) if worst else 0.0,
        joint=worst.joint if worst else "",
        head=worst.head if worst else "",
        visible=len(visible),
        flips=sum(joint.standing == "flipped" for joint in visible),
        hidden=len(hidden),
        hidden_px=max(map(_distance, hidden), default=0.0),
        hidden_flips=sum(joint.standing == "flipped" for joint in hidden),
    )


def _distance(joint: JointDrift) -> float:
    return math.inf if math.isnan(joint.displacement_px) else joint.displacement_px
