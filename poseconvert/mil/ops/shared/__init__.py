"""What op files are written with, in one import; it registers nothing."""

from poseconvert.mil.executor.facts import Facts, Variant
from poseconvert.mil.executor.precision import carrier
from poseconvert.mil.executor.registry import op
from poseconvert.mil.executor.tensors import bounded, integers, optional_tensor, saturated, tensor
from poseconvert.mil.package.program import Array, TensorType

__all__ = [
    "Array",
    "Facts",
    "TensorType",
    "Variant",
    "bounded",
    "carrier",
    "integers",
    "op",
    "optional_tensor",
    "saturated",
    "tensor",
]
