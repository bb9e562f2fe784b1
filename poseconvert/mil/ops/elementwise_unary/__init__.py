"""MIL op family ``elementwise_unary``: every element on its own."""

from poseconvert.mil.ops.elementwise_unary import bounds as bounds
from poseconvert.mil.ops.elementwise_unary import cast as cast
from poseconvert.mil.ops.elementwise_unary import powers as powers
from poseconvert.mil.ops.elementwise_unary import trigonometry as trigonometry
