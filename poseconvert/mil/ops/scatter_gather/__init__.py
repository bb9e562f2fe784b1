"""MIL op family ``scatter_gather``.

What an index outside the tensor does, as Core ML documents it and as it is done here:

==================  ===========================  ==================================
opset               Core ML                      here
==================  ===========================  ==================================
iOS 15, iOS 16      negative ones count from     the same; others are refused
                    the end; others are not
                    spoken of
iOS 17 on,          refused, negative ones too   the same
validate_indices
iOS 17 on, without  undefined but memory safe,   gather ops refuse them; scatter ops
                    negative ones too            drop their updates, as Apple's own
                                                 tests expect a result and no error
==================  ===========================  ==================================
"""

from poseconvert.mil.ops.scatter_gather import gather as gather
from poseconvert.mil.ops.scatter_gather import gather_along_axis as gather_along_axis
from poseconvert.mil.ops.scatter_gather import gather_nd as gather_nd
from poseconvert.mil.ops.scatter_gather import scatter as scatter
from poseconvert.mil.ops.scatter_gather import scatter_nd as scatter_nd
