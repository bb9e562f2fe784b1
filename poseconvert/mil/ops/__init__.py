"""MIL ops, in files named as coremltools names its op families.

Importing this package registers every op.
"""

from poseconvert.mil.ops import activation as activation
from poseconvert.mil.ops import classify as classify
from poseconvert.mil.ops import compression as compression
from poseconvert.mil.ops import constexpr_ops as constexpr_ops
from poseconvert.mil.ops import control_flow as control_flow
from poseconvert.mil.ops import conv as conv
from poseconvert.mil.ops import elementwise_binary as elementwise_binary
from poseconvert.mil.ops import elementwise_unary as elementwise_unary
from poseconvert.mil.ops import image_resizing as image_resizing
from poseconvert.mil.ops import linear as linear
from poseconvert.mil.ops import normalization as normalization
from poseconvert.mil.ops import pool as pool
from poseconvert.mil.ops import quantization_ops as quantization_ops
from poseconvert.mil.ops import random as random
from poseconvert.mil.ops import recurrent as recurrent
from poseconvert.mil.ops import reduction as reduction
from poseconvert.mil.ops import scatter_gather as scatter_gather
from poseconvert.mil.ops import states as states
from poseconvert.mil.ops import tensor_operation as tensor_operation
from poseconvert.mil.ops import tensor_transformation as tensor_transformation
from poseconvert.mil.ops import transformers as transformers
