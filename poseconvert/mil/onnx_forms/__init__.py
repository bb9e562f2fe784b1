"""Translations of MIL ops to ONNX, in files named as their op families.

Importing this package registers every translation. Each gives what the op's kernel gives, to
float32 rounding, or refuses with the reason; docs of the ops themselves are with the kernels.
"""

from poseconvert.mil.onnx_forms import activation as activation
from poseconvert.mil.onnx_forms import control_flow as control_flow
from poseconvert.mil.onnx_forms import conv as conv
from poseconvert.mil.onnx_forms import elementwise_binary as elementwise_binary
from poseconvert.mil.onnx_forms import elementwise_unary as elementwise_unary
from poseconvert.mil.onnx_forms import image_resizing as image_resizing
from poseconvert.mil.onnx_forms import linear as linear
from poseconvert.mil.onnx_forms import normalization as normalization
from poseconvert.mil.onnx_forms import pool as pool
from poseconvert.mil.onnx_forms import reduction as reduction
from poseconvert.mil.onnx_forms import scatter_gather as scatter_gather
from poseconvert.mil.onnx_forms import tensor_operation as tensor_operation
from poseconvert.mil.onnx_forms import tensor_transformation as tensor_transformation
from poseconvert.mil.onnx_forms import transformers as transformers
