"""MIL op family ``elementwise_binary``; shapes broadcast as in numpy."""

from poseconvert.mil.ops.elementwise_binary import arithmetic as arithmetic
from poseconvert.mil.ops.elementwise_binary import comparison as comparison
from poseconvert.mil.ops.elementwise_binary import logical as logical
