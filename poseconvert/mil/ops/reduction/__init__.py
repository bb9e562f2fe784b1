"""MIL op family ``reduction``."""

from poseconvert.mil.ops.reduction import arg as arg
from poseconvert.mil.ops.reduction import axes as axes
