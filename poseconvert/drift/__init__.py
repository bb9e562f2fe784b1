"""Two tensors or two poses to numbers, and numbers to a verdict; numpy only."""

from .comparison import (
    Comparison,
    OutputDrift,
    Parity,
    compare_outputs,
    judge,
    max_drift,
    not_run,
    verdict,
)
from .joints import HeadReading, JointDrift, joint_drifts
from .tensors import TensorDrift, tensor_drift
from .tolerances import TOLERANCES, Tolerance

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
