"""MIL op family ``control_flow``."""

from poseconvert.mil.ops.control_flow import blocks as blocks
from poseconvert.mil.ops.control_flow import lists as lists
from poseconvert.mil.ops.control_flow import values as values
