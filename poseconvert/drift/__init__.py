"""Two tensors or two poses to numbers, and numbers to a verdict; numpy only."""

from poseconvert.drift.comparison import (
    Comparison,
    OutputDrift,
    Parity,
    compare_outputs,
    judge,
    max_drift,
    not_run,
    verdict,
)
from poseconvert.drift.joints import HeadReading, JointDrift, joint_drifts
from poseconvert.drift.tensors import TensorDrift, tensor_drift
from poseconvert.drift.tolerances import TOLERANCES, Tolerance

__all__ = [
    "TOLERANCES",
    "Comparison",
    "HeadReading",
    "JointDrift",
    "OutputDrift",
    "Parity",
    "TensorDrift",
    "Tolerance",
    "compare_outputs",
    "joint_drifts",
    "judge",
    "max_drift",
    "not_run",
    "tensor_drift",
    "verdict",
]
