"""MIL op family ``tensor_operation``."""

from poseconvert.mil.ops.tensor_operation import assembling as assembling
from poseconvert.mil.ops.tensor_operation import elements as elements
from poseconvert.mil.ops.tensor_operation import filling as filling
from poseconvert.mil.ops.tensor_operation import sorting as sorting
from poseconvert.mil.ops.tensor_operation import suppression as suppression
