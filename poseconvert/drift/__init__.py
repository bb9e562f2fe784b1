"""Two tensors or two poses to numbers, and numbers to a verdict; numpy only."""

from poseconvert.drift.comparison import (
    Comparison,
    Parity,
    controlled,
    judge,
    not_run,
    rejudged,
    unestablished,
    verdict,
)
from poseconvert.drift.control import Control, scaled_channel
from poseconvert.drift.floor import ULP, Floor
from poseconvert.drift.joints import (
    PEOPLE,
    HeadReading,
    JointDrift,
    Movement,
    joint_drifts,
    movement,
    own_drifts,
)
from poseconvert.drift.matching import Match, Value, fingerprint, match_values
from poseconvert.drift.op_drift import (
    GraphDrift,
    MovedJoint,
    OpDrift,
    ValueDrift,
    furthest,
    matters,
)
from poseconvert.drift.outputs import OutputDrift, compare_outputs, max_drift
from poseconvert.drift.parts import PartDrift
from poseconvert.drift.people import people_drifts, people_found
from poseconvert.drift.run import EXECUTOR, Run
from poseconvert.drift.tensors import TensorDrift, tensor_drift
from poseconvert.drift.tolerances import (
    OP_TOLERANCES,
    TOLERANCES,
    Limit,
    OpTolerance,
    Tolerance,
    end_tolerance,
)
from poseconvert.drift.yardstick import Yardstick, yardstick_of

__all__ = [
    "EXECUTOR",
    "OP_TOLERANCES",
    "PEOPLE",
    "TOLERANCES",
    "ULP",
    "Comparison",
    "Control",
    "Floor",
    "GraphDrift",
    "HeadReading",
    "JointDrift",
    "Limit",
    "Match",
    "MovedJoint",
    "Movement",
    "OpDrift",
    "OpTolerance",
    "OutputDrift",
    "Parity",
    "PartDrift",
    "Run",
    "TensorDrift",
    "Tolerance",
    "Value",
    "ValueDrift",
    "Yardstick",
    "compare_outputs",
    "controlled",
    "end_tolerance",
    "fingerprint",
    "furthest",
    "joint_drifts",
    "judge",
    "match_values",
    "matters",
    "max_drift",
    "movement",
    "not_run",
    "own_drifts",
    "people_drifts",
    "people_found",
    "rejudged",
    "scaled_channel",
    "tensor_drift",
    "unestablished",
    "verdict",
    "yardstick_of",
]
