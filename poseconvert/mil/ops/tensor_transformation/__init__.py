"""MIL op family ``tensor_transformation``."""

from poseconvert.mil.ops.tensor_transformation import blocks as blocks
from poseconvert.mil.ops.tensor_transformation import reshaping as reshaping
from poseconvert.mil.ops.tensor_transformation import reversing as reversing
from poseconvert.mil.ops.tensor_transformation import slicing as slicing
