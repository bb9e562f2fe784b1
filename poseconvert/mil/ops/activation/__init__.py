"""MIL op family ``activation``.

iOS 17 lets ``alpha`` and ``beta`` have another float dtype than ``x``; the same kernels serve both.
"""

from poseconvert.mil.ops.activation import curves as curves
from poseconvert.mil.ops.activation import piecewise as piecewise
